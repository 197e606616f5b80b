package io.deploytail.server;

import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.StreamLogsRequest;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A connection to a server that sends what the test says, byte by byte or as frames of HTTP/2 (RFC 9113), so that it can
 * do what no client library does. It never answers what the server asks, and takes in what the server sends only when it
 * is told to.
 */
final class RawConnection implements AutoCloseable {
    static final String STREAM_LOGS =
            "/" + DeployServiceGrpc.getStreamLogsMethod().getFullMethodName();

    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int MAX_WINDOW = Integer.MAX_VALUE;
    private static final int DEFAULT_WINDOW = 65_535;
    private static final int CANCEL = 8;

    /** So that little of what is not read fits into the kernel. */
    private static final int RECEIVE_BUFFER_BYTES = 4 << 10;

    private static final int LIMIT_MILLIS = 60_000;

    private final Socket socket;
    private final OutputStream out;

    private RawConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.out = socket.getOutputStream();
    }

    static RawConnection open(String address) throws IOException {
        int colon = address.lastIndexOf(':');
        Socket socket = new Socket();
        socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(LIMIT_MILLIS);
        socket.connect(
                new InetSocketAddress(
                        InetAddress.getByName(address.substring(0, colon)),
                        Integer.parseInt(address.substring(colon + 1))),
                LIMIT_MILLIS);
        return new RawConnection(socket);
    }

    RawConnection send(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    RawConnection send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawConnection preface() throws IOException {
        return send(PREFACE);
    }

    /** Begins to speak HTTP/2, and lets the server send as much as there is. */
    RawConnection handshake() throws IOException {
        ByteBuffer window =
                ByteBuffer.allocate(6).putShort((short) INITIAL_WINDOW_SIZE).putInt(MAX_WINDOW);
        ByteBuffer more = ByteBuffer.allocate(4).putInt(MAX_WINDOW - DEFAULT_WINDOW);
        return preface().send(frame(SETTINGS, 0, 0, window.array())).send(frame(WINDOW_UPDATE, 0, 0, more.array()));
    }

    /** Begins a call. */
    RawConnection headers(int stream, Map<String, String> more) throws IOException {
        return send(frame(HEADERS, END_HEADERS, stream, headerBlock(more)));
    }

    /** Begins a call whose headers do not end with these. */
    RawConnection headersWithoutEnd(int stream, Map<String, String> more) throws IOException {
        return send(frame(HEADERS, 0, stream, headerBlock(more)));
    }

    /** Goes on with headers that did not end. */
    RawConnection moreHeaders(int stream, String name, String value) throws IOException {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        putHeader(block, name, value);
        return send(frame(CONTINUATION, 0, stream, block.toByteArray()));
    }

    /** Sends a call's only message. */
    RawConnection message(int stream, byte[] message) throws IOException {
        return send(frame(DATA, END_STREAM, stream, beginningOf(message.length, message)));
    }

    /** Sends a part of a message that is to have this length. */
    RawConnection messageBeginning(int stream, int length, byte[] beginning) throws IOException {
        return send(frame(DATA, 0, stream, beginningOf(length, beginning)));
    }

    RawConnection streamLogs(int stream, StreamLogsRequest request) throws IOException {
        return headers(stream, Map.of()).message(stream, request.toByteArray());
    }

    RawConnection reset(int stream) throws IOException {
        return send(frame(
                RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(CANCEL).array()));
    }

    /** Waits for this many bytes. */
    void read(int bytes) throws IOException {
        socket.getInputStream().readNBytes(bytes);
    }

    /** Takes in what comes until the server answers a call. */
    void awaitAnswer(int stream) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        int type;
        int of;
        do {
            int length = (in.readUnsignedShort() << 8) | in.readUnsignedByte();
            type = in.readUnsignedByte();
            in.readByte();
            of = in.readInt();
            in.skipNBytes(length);
        } while (type != HEADERS || of != stream);
    }

    /** Takes in what comes until the server ends the connection. Fails if it does not. */
    void awaitEnd() throws IOException {
        try {
            InputStream in = socket.getInputStream();
            in.transferTo(OutputStream.nullOutputStream());
        } catch (SocketException e) {
            // reset, which is an end too
        }
    }

    /** Is gone at once, without a goodbye, as when a process is killed with unread data. */
    void vanish() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** A frame as it should be, or not. */
    static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** The beginning of a message that is to have this length. */
    static byte[] beginningOf(int messageLength, byte[] bytes) {
        return ByteBuffer.allocate(5 + bytes.length)
                .put((byte) 0) // not compressed
                .putInt(messageLength)
                .put(bytes)
                .array();
    }

    /** The headers of a call that streams a log, and more. */
    static byte[] headerBlock(Map<String, String> more) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        putHeader(block, ":method", "POST");
        putHeader(block, ":scheme", "http");
        putHeader(block, ":path", STREAM_LOGS);
        putHeader(block, ":authority", "localhost");
        putHeader(block, "content-type", "application/grpc");
        putHeader(block, "te", "trailers");
        more.forEach((name, value) -> putHeader(block, name, value));
        return block.toByteArray();
    }

    /** Each as a literal that is not indexed: RFC 7541, 6.2.2. */
    private static void putHeader(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        putText(block, name);
        putText(block, value);
    }

    private static void putText(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        int rest = bytes.length;
        if (rest < 0x7F) {
            block.write(rest);
        } else {
            block.write(0x7F);
            for (rest -= 0x7F; rest >= 0x80; rest >>= 7) {
                block.write((rest & 0x7F) | 0x80);
            }
            block.write(rest);
        }
        block.writeBytes(bytes);
    }
}
