/** What the server answers over HTTP, with Jetty. Nothing outside it knows Jetty. */
@NullMarked
package io.deploytail.server.web;

import org.jspecify.annotations.NullMarked;
