/**
 * The client library: starts deployments, finds them, ends them, and follows their logs without losing a byte.
 *
 * <p>{@link io.deploytail.client.DeploytailClient} is where to begin.
 */
@NullMarked
package io.deploytail.client;

import org.jspecify.annotations.NullMarked;
