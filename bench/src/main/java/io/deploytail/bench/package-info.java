/** Measures the server and the client, each time beside what people would use instead, in the same run. */
@NullMarked
package io.deploytail.bench;

import org.jspecify.annotations.NullMarked;
