package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import io.deploytail.client.DeploymentPage;
import io.deploytail.client.DeploymentQuery;
import io.deploytail.client.DeploymentState;
import io.deploytail.client.DeploymentWatch;
import io.deploytail.client.DeploytailClient;
import io.deploytail.client.WatchEvent;
import io.deploytail.client.WatchOutdatedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * A list of deployments that is kept true until the process is told to end: on a terminal a table that is written anew in
 * its place, elsewhere a line for each change.
 *
 * <p>Used once, by one thread; the interrupt comes on another and ends it between two pieces of output.
 */
final class ListWatcher {
    private static final Duration TICK = Duration.ofSeconds(1);

    /** So many changes at once are shown together. */
    private static final int MAX_CHANGES_UNSEEN = 1000;

    private static final Comparator<Deployment> NEWEST_FIRST = Comparator.comparing(Deployment::createTime)
            .thenComparing(Deployment::id)
            .reversed();

    private final CliContext context;
    private final DeploytailClient client;
    private final DeploymentQuery query;
    private final Set<DeploymentState> states;
    private final int limit;
    private final boolean json;
    private final boolean inPlace;
    private final List<Deployment> rows = new ArrayList<>();

    private int shownLines;
    private boolean isCut;

    /**
     * @param query asks for the newest {@code limit} of those in these states
     * @param states empty for all
     */
    ListWatcher(
            CliContext context,
            DeploytailClient client,
            DeploymentQuery query,
            Set<DeploymentState> states,
            int limit,
            boolean json) {
        this.context = context;
        this.client = client;
        this.query = query;
        this.states = states;
        this.limit = limit;
        this.json = json;
        this.inPlace = context.outIsTerminal() && !json;
    }

    /**
     * Shows the list, and what becomes of it.
     *
     * @throws CancellationException when the process was told to end
     */
    void run() throws IOException {
        while (true) {
            String token = load();
            if (inPlace) {
                draw();
            } else {
                for (Deployment row : rows) {
                    printLine(row);
                }
            }
            try (DeploymentWatch watch = client.watch(query, token)) {
                Interrupts.Registration interrupt = context.interrupts().onInterrupt(watch::close);
                try {
                    follow(watch);
                } finally {
                    interrupt.close();
                }
            } catch (WatchOutdatedException e) {
                context.say("the server has lost count of what has changed; listing again");
                shownLines = 0;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted");
            }
        }
    }

    /** Reads the list anew; returns where to watch from. */
    private String load() {
        DeploymentPage page = client.list(query);
        String token = page.watchToken();
        rows.clear();
        rows.addAll(page.deployments());
        while (rows.size() < limit && page.nextPageToken().isPresent()) {
            page = client.list(query.page(page.nextPageToken().get()));
            rows.addAll(page.deployments());
        }
        cut();
        return token;
    }

    private void follow(DeploymentWatch watch) throws IOException, InterruptedException {
        while (true) {
            if (inPlace) {
                Optional<WatchEvent> event = watch.poll(TICK);
                for (int i = 0; event.isPresent() && i < MAX_CHANGES_UNSEEN; i++) {
                    take(event.get());
                    event = watch.poll(Duration.ZERO);
                }
                draw();
            } else {
                take(watch.next());
            }
        }
    }

    private void take(WatchEvent event) throws IOException {
        if (event instanceof WatchEvent.Changed changed) {
            isCut = false;
            change(changed.deployment());
        } else if (event instanceof WatchEvent.Deleted deleted) {
            isCut = false;
            remove(deleted.deploymentId());
        } else if (event instanceof WatchEvent.Resuming resuming && !isCut) {
            isCut = true; // once for each time, however long it takes
            shownLines = 0; // the table goes on below the message
            context.say("connection lost (" + Printable.of(resuming.cause()) + "); resuming");
        }
    }

    private void change(Deployment deployment) throws IOException {
        if (!states.isEmpty() && !states.contains(deployment.state())) {
            remove(deployment.id());
            return;
        }
        rows.removeIf(row -> row.id().equals(deployment.id()));
        rows.add(deployment);
        rows.sort(NEWEST_FIRST);
        cut();
        if (!inPlace) {
            printLine(deployment);
        }
    }

    /** One leaves, and an older one may take the last place. */
    private void remove(String id) {
        boolean wasFull = rows.size() == limit;
        if (rows.removeIf(row -> row.id().equals(id)) && wasFull && inPlace) {
            load();
        }
    }

    private void cut() {
        if (rows.size() > limit) {
            rows.subList(limit, rows.size()).clear();
        }
    }

    private void printLine(Deployment deployment) throws IOException {
        context.print(
                json
                        ? deployment.toJson()
                        : new DeploymentText(context.clock(), context.outColours()).summary(deployment));
    }

    /** Writes the table where it was, in one piece. */
    private void draw() throws IOException {
        TerminalSize size = TerminalSize.now(context.environment());
        Colours colours = context.outColours();
        DeploymentTable table = new DeploymentTable(new DeploymentText(context.clock(), colours), colours);
        rows.stream().limit(Math.max(1, size.lines() - 2)).forEach(table::add);
        List<String> lines = table.lines(size.columns() - 1);
        StringBuilder text = new StringBuilder();
        if (shownLines > 0) {
            text.append("\033[").append(shownLines).append('A');
        }
        lines.forEach(line -> text.append("\r\033[K").append(line).append('\n'));
        text.append("\033[J");
        shownLines = lines.size();
        context.out().write(text.toString().getBytes(StandardCharsets.UTF_8));
        context.out().flush();
    }
}
