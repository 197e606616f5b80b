package io.deploytail.server.grpc;

import io.deploytail.v1.ListDeploymentsRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Where the next page begins, as text: the number of the last deployment on this page, and a checksum of the filters,
 * with which alone it makes sense.
 */
final class PageToken {
    private static final int BYTES = Long.BYTES + Integer.BYTES;

    private PageToken() {}

    static String write(ListDeploymentsRequest request, long before) {
        byte[] token = ByteBuffer.allocate(BYTES)
                .putLong(before)
                .putInt(checksum(request, before))
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    }

    /** Empty if the request's token was not given out for the same filters. */
    static OptionalLong read(ListDeploymentsRequest request) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(request.getPageToken());
        } catch (IllegalArgumentException e) {
            return OptionalLong.empty();
        }
        if (bytes.length != BYTES) {
            return OptionalLong.empty();
        }
        ByteBuffer token = ByteBuffer.wrap(bytes);
        long before = token.getLong();
        return token.getInt() == checksum(request, before) ? OptionalLong.of(before) : OptionalLong.empty();
    }

    private static int checksum(ListDeploymentsRequest request, long before) {
        ListDeploymentsRequest.Builder filters =
                request.toBuilder().clearPageSize().clearPageToken();
        TreeMap<String, String> labels = new TreeMap<>(request.getLabelsMap()); // in an order that is always the same
        CRC32C checksum = new CRC32C();
        checksum.update(filters.clearLabels().build().toByteArray());
        StringBuilder rest = new StringBuilder().append(before);
        labels.forEach((name, value) -> rest.append('\n')
                .append(name.length())
                .append(' ')
                .append(value.length())
                .append(' ')
                .append(name)
                .append(value));
        checksum.update(rest.toString().getBytes(StandardCharsets.UTF_8));
        return (int) checksum.getValue();
    }
}
