package io.deploytail.server.storage;

/** What a commit outlives, beside the end of the server's process at any moment. */
public enum Durability {
    /** The file stays sound through a power cut, which may take the last commits. */
    NORMAL,
    /** Each commit waits for the disk, and a power cut takes none. */
    FULL
}
