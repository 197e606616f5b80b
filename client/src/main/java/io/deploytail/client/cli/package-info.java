/** The {@code deploytail} command. */
@NullMarked
package io.deploytail.client.cli;

import org.jspecify.annotations.NullMarked;
