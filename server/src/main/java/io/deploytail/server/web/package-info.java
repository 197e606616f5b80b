/** The pages that people look at, over HTTP: the list of deployments, and each with its log, live. */
@NullMarked
package io.deploytail.server.web;

import org.jspecify.annotations.NullMarked;
