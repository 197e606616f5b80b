package io.deploytail.server.deployment;

/**
 * Is told what the server does, to count it. Called on the way of every log, often under a lock: it must be quick and must
 * not throw. Thread-safe.
 */
public interface Tally {
    /** Counts nothing. */
    Tally NONE = new Tally() {
        @Override
        public void captured(long bytes) {}

        @Override
        public void committed(int changes, long logBytes, long nanos) {}

        @Override
        public void sent(long logBytes) {}

        @Override
        public void ended(DeploymentState state, EndReason reason) {}
    };

    /** So many more bytes of output were seen, be they to be stored or to be missing. */
    void captured(long bytes);

    /** Changes were committed in one transaction, which took this long, with so many bytes of logs. */
    void committed(int changes, long logBytes, long nanos);

    /** Bytes of a log were sent to one follower. */
    void sent(long logBytes);

    /** The end of a deployment is committed. */
    void ended(DeploymentState state, EndReason reason);
}
