package io.deploytail.server.deployment;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Finds any of some byte sequences in a stream of bytes, all at once and however they overlap: the automaton of Aho and
 * Corasick. A state is what a stream ends with, as far as a sequence begins with it. Immutable.
 */
final class SecretMatcher {
    /** Nothing that a sequence begins with. */
    static final int START = 0;

    private static final int BYTES = 256;
    private static final int NONE = -1;

    private final int[] firstStates = new int[BYTES];
    private int size = 1;
    private int[] child = {NONE};
    private int[] sibling = {NONE};
    private int[] fallback = {START};
    private int[] depth = {0};

    /** The state that the longest sequence which ends at a state is that of; START if none ends there. */
    private int[] matched = {START};

    private byte[] label = {0};
    private int maxLength;

    private SecretMatcher() {}

    /** @param sequences none of them empty */
    static SecretMatcher of(Collection<byte[]> sequences) {
        SecretMatcher matcher = new SecretMatcher();
        sequences.forEach(matcher::add);
        matcher.connect();
        return matcher;
    }

    private void add(byte[] sequence) {
        int state = START;
        for (byte each : sequence) {
            int next = childOf(state, each);
            state = next == NONE ? grow(state, each) : next;
        }
        matched[state] = state;
        maxLength = Math.max(maxLength, sequence.length);
    }

    private int grow(int parent, byte each) {
        if (size == child.length) {
            int room = size * 2;
            child = Arrays.copyOf(child, room);
            sibling = Arrays.copyOf(sibling, room);
            fallback = Arrays.copyOf(fallback, room);
            depth = Arrays.copyOf(depth, room);
            matched = Arrays.copyOf(matched, room);
            label = Arrays.copyOf(label, room);
        }
        int state = size++;
        label[state] = each;
        depth[state] = depth[parent] + 1;
        child[state] = NONE;
        sibling[state] = child[parent];
        child[parent] = state;
        matched[state] = START;
        return state;
    }

    private int childOf(int state, byte each) {
        int found = child[state];
        while (found != NONE && label[found] != each) {
            found = sibling[found];
        }
        return found;
    }

    /** In the order of depths, as a fallback is less deep than its state. */
    private void connect() {
        Deque<Integer> states = new ArrayDeque<>();
        for (int state = child[START]; state != NONE; state = sibling[state]) {
            firstStates[label[state] & 0xFF] = state;
            fallback[state] = START;
            states.add(state);
        }
        while (!states.isEmpty()) {
            int parent = states.remove();
            for (int state = child[parent]; state != NONE; state = sibling[state]) {
                fallback[state] = next(fallback[parent], label[state]);
                if (matched[state] == START) {
                    matched[state] = matched[fallback[state]];
                }
                states.add(state);
            }
        }
    }

    /** The state behind another byte. */
    int next(int state, byte each) {
        int from = state;
        while (from != START) {
            int next = childOf(from, each);
            if (next != NONE) {
                return next;
            }
            from = fallback[from];
        }
        return firstStates[each & 0xFF];
    }

    /** How many of the last bytes may be the beginning of a sequence. */
    int pending(int state) {
        return depth[state];
    }

    /** The length of the longest sequence that ends here; 0 if none does. */
    int match(int state) {
        return depth[matched[state]];
    }

    /** Tells once of each sequence in a text; of those that end at the same byte only of the longest. */
    void find(byte[] text, Consumer<byte[]> found) {
        BitSet told = new BitSet();
        int state = START;
        for (int i = 0; i < text.length; i++) {
            state = next(state, text[i]);
            int sequence = matched[state];
            if (sequence != START && !told.get(sequence)) {
                told.set(sequence);
                found.accept(Arrays.copyOfRange(text, i + 1 - match(state), i + 1));
            }
        }
    }

    /** The length of the longest sequence. */
    int maxLength() {
        return maxLength;
    }
}
