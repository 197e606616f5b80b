/**
 * Starts commands as detached processes, reads what they wrote, and ends them. Linux only: it reads {@code /proc}.
 */
@NullMarked
package io.deploytail.server.process;

import org.jspecify.annotations.NullMarked;
