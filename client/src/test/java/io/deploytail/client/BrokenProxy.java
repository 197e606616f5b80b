package io.deploytail.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Hands TCP connections on to a server, as long as it is in the mood. */
final class BrokenProxy implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final InetSocketAddress server;
    private final int maxIdleMillis;

    /** @param maxIdle after so long without anything from the server a connection is cut */
    BrokenProxy(String serverAddress, Duration maxIdle) throws IOException {
        ServerAddress address = ServerAddress.parse(serverAddress);
        this.server = new InetSocketAddress(address.host(), address.port());
        this.maxIdleMillis = (int) maxIdle.toMillis();
        threads.execute(this::accept);
    }

    String address() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    /** From now on the connections that there are stay open and hand on nothing, in either direction. */
    void freeze() {
        connections.forEach(connection -> connection.isFrozen = true);
    }

    /** Cuts the connections that there are. */
    void cut() {
        connections.forEach(Connection::cut);
    }

    private void accept() {
        try {
            while (true) {
                Connection connection = new Connection(listener.accept());
                connections.add(connection);
                threads.execute(() -> connection.pump(connection.client, connection.server));
                threads.execute(() -> connection.pump(connection.server, connection.client));
            }
        } catch (IOException e) {
            // closed
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
        threads.shutdownNow();
    }

    private final class Connection {
        private final Socket client;
        private final Socket server = new Socket();
        private volatile boolean isFrozen;

        Connection(Socket client) throws IOException {
            this.client = client;
            server.connect(BrokenProxy.this.server);
            server.setSoTimeout(maxIdleMillis);
        }

        void pump(Socket from, Socket to) {
            byte[] buffer = new byte[8192];
            try (InputStream in = from.getInputStream();
                    OutputStream out = to.getOutputStream()) {
                for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                    if (!isFrozen) {
                        out.write(buffer, 0, length);
                    }
                }
            } catch (IOException e) {
                // idle for too long, or closed
            }
        }

        void cut() {
            try (client;
                    server) {
                isFrozen = true;
            } catch (IOException e) {
                // it is closed all the same
            }
        }
    }
}
