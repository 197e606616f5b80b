package io.deploytail.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of a session whose leader has ended one member is left. */
final class CommandSessionTest {
    private final CommandSession session = new CommandSession();

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init")
    private ProcessIdentity member;

    /** A process that had the leader's pid before it. */
    @SuppressWarnings("NullAway.Init")
    private ProcessIdentity command;

    @BeforeEach
    void leaveOneMember() throws Exception {
        String script = "sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >member; echo $$ >leader";
        new ProcessBuilder("setsid", "--wait", "sh", "-c", script)
                .directory(directory.toFile())
                .start()
                .waitFor();
        member = ProcessStat.read(pid("member")).orElseThrow().identity();
        command = new ProcessIdentity(ProcessIdentity.currentBootId(), pid("leader"), 1);
    }

    private long pid(String file) throws Exception {
        return Long.parseLong(Files.readString(directory.resolve(file)).trim());
    }

    @AfterEach
    void endIt() {
        member.kill();
    }

    @Test
    void sessionOfAnotherProcessThatHadTheSamePidIsNotTheCommands() {
        assertThat(session.number(Optional.of(command), Set.of())).isEmpty();
    }

    @Test
    void sessionIsTheCommandsAsLongAsAMemberOfItIsSeen() {
        OptionalLong number = session.number(Optional.of(command), Set.of(member));

        assertThat(number).hasValue(command.pid());
        assertThat(ProcessTable.processesOf(number, "NAME=of another", Set.of()))
                .extracting(ProcessStat::pid)
                .containsExactly(member.pid());
    }
}
