/**
 * The domain: what a deployment and its log are, and what can be done with them. It knows no gRPC, no protobuf and no
 * database; it names the interfaces that it needs of the rooms around it.
 */
@NullMarked
package io.deploytail.server.deployment;

import org.jspecify.annotations.NullMarked;
