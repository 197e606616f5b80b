/** The server: the only code that sees every room and wires them together. */
@NullMarked
package io.deploytail.server;

import org.jspecify.annotations.NullMarked;
