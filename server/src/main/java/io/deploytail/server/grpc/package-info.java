/** The API over gRPC: requests to domain calls, domain results to messages. */
@NullMarked
package io.deploytail.server.grpc;

import org.jspecify.annotations.NullMarked;
