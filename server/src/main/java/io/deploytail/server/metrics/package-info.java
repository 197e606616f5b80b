/** The server's numbers, as Prometheus wants them. Nothing of what a caller chose is in a label. */
@NullMarked
package io.deploytail.server.metrics;

import org.jspecify.annotations.NullMarked;
