package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import io.deploytail.client.DeploymentQuery;
import io.deploytail.client.DeploymentState;
import io.deploytail.client.DeploytailClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Lists deployments. */
@Command(name = ListCommand.NAME, description = "Lists deployments, newest first.")
final class ListCommand implements Callable<Integer> {
    static final String NAME = "list";

    private static final int MAX_PAGE_SIZE = 1000;

    private final DeploytailCommand root;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--target", paramLabel = "TARGET", description = "Only this target.")
    private @Nullable String target;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            split = ",",
            converter = StateConverter.class,
            completionCandidates = StateCandidates.class,
            description = "Only these states: ${COMPLETION-CANDIDATES}. Repeatable.")
    private List<DeploymentState> states = new ArrayList<>();

    @Option(
            names = {"-l", "--label"},
            paramLabel = "NAME=VALUE",
            converter = NameValue.Converter.class,
            description = "Only those with this label. Repeatable.")
    private List<NameValue> labels = new ArrayList<>();

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "COUNT",
            defaultValue = "20",
            description = "At most this many (default: ${DEFAULT-VALUE}).")
    private int limit;

    @Option(names = "--json", description = "Print each deployment as a line of JSON.")
    private boolean json;

    @Option(
            names = {"-w", "--watch"},
            description = "Go on until Ctrl-C: keep the list true on a terminal, else print a line for each change.")
    private boolean watch;

    ListCommand(DeploytailCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        if (limit < 1) {
            throw new ParameterException(spec.commandLine(), "--limit must be 1 or more");
        }
        try (DeploytailClient client = root.connect()) {
            if (watch) {
                new ListWatcher(root.context(), client, query(), Set.copyOf(states), limit, json).run();
            }
            Iterator<Deployment> deployments =
                    client.listAll(query()).limit(limit).iterator();
            if (json) {
                while (deployments.hasNext()) {
                    root.context().print(deployments.next().toJson());
                }
            } else {
                printTable(deployments);
            }
            return 0;
        }
    }

    private void printTable(Iterator<Deployment> deployments) throws IOException {
        if (!deployments.hasNext()) {
            root.context().say("there are no such deployments");
            return;
        }
        Colours colours = root.context().outColours();
        DeploymentTable table =
                new DeploymentTable(new DeploymentText(root.context().clock(), colours), colours);
        deployments.forEachRemaining(table::add);
        root.context().print(String.join("\n", table.lines()));
    }

    private DeploymentQuery query() {
        DeploymentQuery.Builder query = DeploymentQuery.builder().pageSize(Math.min(limit, MAX_PAGE_SIZE));
        if (target != null) {
            query.target(target);
        }
        states.forEach(query::state);
        labels.forEach(label -> query.label(label.name(), label.value()));
        return query.build();
    }

    /** The states that can be asked for. */
    static final class StateCandidates implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(DeploymentState.values())
                    .filter(state -> state != DeploymentState.UNKNOWN)
                    .map(state -> state.name().toLowerCase(Locale.ROOT))
                    .iterator();
        }
    }

    /** Reads a state in lower or upper case. */
    static final class StateConverter implements ITypeConverter<DeploymentState> {
        @Override
        public DeploymentState convert(String text) {
            return Arrays.stream(DeploymentState.values())
                    .filter(state -> state.name().equalsIgnoreCase(text) && state != DeploymentState.UNKNOWN)
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException(
                            "'" + text + "' is not one of " + String.join(", ", new StateCandidates())));
        }
    }
}
