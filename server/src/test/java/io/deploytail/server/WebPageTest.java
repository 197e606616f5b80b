package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.Role;
import io.deploytail.server.security.CallerRegistry;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.Deployment.State;
import io.deploytail.v1.StartDeployRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** What people see of the web page, in a real browser. */
@EnabledIf(
        value = "io.deploytail.server.Browser#isInstalled",
        disabledReason = "no browser is installed: apt-get install chromium chromium-driver")
class WebPageTest {
    private static final String LINES = "#log .text";

    @TempDir
    private static Path profile;

    private static Browser browser;

    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeAll
    static void startBrowser() {
        browser = Browser.start(profile);
    }

    @AfterAll
    static void stopBrowser() {
        browser.close();
    }

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(directory.resolve("data"), "--web", "127.0.0.1:" + freePort());
        browser.complaints(); // of what was before
    }

    @AfterEach
    void stop() throws IOException {
        browser.open("about:blank");
        server.close();
    }

    @Test
    void linesAppearWhileTheDeployRunsAndThePageSaysHowItEnded() throws Exception {
        Gate go = Gate.in(directory, "go");
        Gate on = Gate.in(directory, "on");
        Deployment deployment = server.start(StartDeployRequest.newBuilder()
                .setTarget("shop")
                .putLabels("commit", "c0ffee")
                .addAllCommand(List.of(
                        "sh",
                        "-c",
                        "echo one; " + go.await() + "; printf 'two\\nthr'; " + on.await() + "; echo ee; exit 3")));
        open(deployment);

        awaitLog("one");
        assertThat(browser.text("#summary")).contains("running", "shop", "commit", "c0ffee");
        assertThat(browser.title()).isEqualTo("● running: shop");
        go.open();
        awaitLog("one", "two", "thr");
        on.open();
        awaitLog("one", "two", "three");
        Eventually.until(
                "the page says how it ended", () -> browser.text("#end").equals("exit code 3"));

        assertThat(browser.text("#summary")).contains("failed", "exit code 3");
        assertThat(browser.title()).isEqualTo("✗ failed: shop");
        assertThat(browser.string("return document.getElementById('icon').href"))
                .endsWith("/failed.svg");
        assertThat(browser.text("#status")).isEqualTo("✗ failed: shop");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void finishedDeploymentAsksOnce() throws Exception {
        Deployment deployment = server.awaitEnd(server.shell("echo done"));
        open(deployment);
        awaitLog("done");
        Eventually.until("the page has the end", () -> browser.isShown("#end"));

        assertThat(browser.number(
                        "performance.getEntriesByType('resource').filter(e => e.name.includes('/events')).length"))
                .isEqualTo(1);
        server.restart();
        browser.run("window.dispatchEvent(new Event('resize'))");
        assertThat(browser.isShown("#trouble")).isFalse();
    }

    @Test
    void scrollStaysWhereTheReaderLeftItAndOneClickFollowsAgain() throws Exception {
        Gate go = Gate.in(directory, "go");
        Gate on = Gate.in(directory, "on");
        Deployment deployment =
                server.shell("seq 1 300; " + go.await() + "; seq 301 420; " + on.await() + "; echo last");
        open(deployment);
        awaitLastLine("300");
        assertThat(distanceFromBottom()).isLessThan(4);

        browser.run("document.getElementById('log').scrollTop -= 1000");
        long top = scrollTop();
        Eventually.until("the page has noticed", () -> distanceFromBottom() > 100);
        go.open();
        Eventually.until("it tells of the lines", () -> browser.text("#news").equals("120 new lines"));
        assertThat(scrollTop()).isEqualTo(top);
        browser.click("#news");
        awaitLastLine("420");
        assertThat(distanceFromBottom()).isLessThan(4);
        assertThat(browser.isShown("#news")).isFalse();
        on.open();
        awaitLastLine("last");
        assertThat(distanceFromBottom()).isLessThan(4);
    }

    @Test
    void serverRestartLosesAndDoublesNothing() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell("seq 1 1000; " + go.await() + "; seq 1001 2000; sleep 1; seq 2001 3000");
        server.follow(deployment).awaitText("\n1000\n").cancel();
        open(deployment);
        awaitLastLine("1000");
        go.open();
        awaitLastLine("2000");

        server.restart();

        awaitLastLine("3000");
        assertThat(browser.text(LINES)).isEqualTo(numbers(501, 3000)); // it was opened at its end
        assertThat(browser.string("return document.getElementById('L3000').textContent"))
                .isEqualTo("3000");
        Eventually.until("it is over", () -> browser.text("#summary").contains("succeeded"));
    }

    @Test
    void killOfTheServerLosesAndDoublesNothing() throws Exception {
        Gate go = Gate.in(directory, "go");
        Path data = directory.resolve("killed");
        String web = "127.0.0.1:" + freePort();
        try (ServerProcess killed = ServerProcess.start(data, "--web", web)) {
            Deployment deployment = killed.shell("seq 1 100; " + go.await() + "; seq 101 2000; sleep 1; seq 2001 3000");
            browser.open("http://" + web + "/deployments/" + deployment.getDeploymentId());
            awaitLastLine("100");
            go.open();
            killed.kill();
        }
        Eventually.until("the page says so", () -> browser.isShown("#trouble"));

        try (ServerProcess next = ServerProcess.start(data, "--web", web)) {
            awaitLastLine("3000");
            assertThat(browser.text(LINES)).isEqualTo(numbers(1, 3000));
            Eventually.until("it is over", () -> browser.title().startsWith("✓ succeeded"));
            assertThat(browser.isShown("#trouble")).isFalse();
            assertThat(next.address()).isNotEmpty();
        }
    }

    @Test
    void coloursAndProgressAreDrawnAndNothingInALogIsRun() throws Exception {
        Deployment deployment = server.awaitEnd(server.shell("""
                printf '\\033[31mred\\033[0m \\033[1;48;5;21mblue\\033[m\\n'
                printf '10%%\\r20%%\\r\\033[K30%%\\n'
                echo '<script>document.title = "broken"</script><img src=x onerror="document.title = 1">'
                printf '\\033]0;title\\007bell\\007 \\342\\202\\254 \\377\\n'"""));
        open(deployment);

        awaitLog(
                "red blue",
                "30%",
                "<script>document.title = \"broken\"</script><img src=x onerror=\"document.title = 1\">",
                "bell € \uFFFD");
        assertThat(browser.text("#L1 .fg-1")).isEqualTo("red");
        assertThat(browser.run("return document.querySelector('#L1 .bold').style.backgroundColor"))
                .isEqualTo("rgb(0, 0, 255)");
        assertThat(browser.number("document.querySelectorAll('#log script, #log img').length"))
                .isZero();
        assertThat(browser.title()).startsWith("✓ succeeded");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void logOfTwoHundredMegabytesOpensAtItsEndAndIsReadBackToAnyPlace() throws Exception {
        int lines = 200_000_000 / 16;
        Deployment deployment = server.shell(NumberedLines.command(1, lines + 1));
        Eventually.until(
                "all is written", () -> server.get(deployment.getDeploymentId()).getState() == State.STATE_SUCCEEDED);
        open(deployment);

        awaitLastLine(numbered(lines));
        assertThat(browser.text("#L" + lines)).isEqualTo(numbered(lines));
        for (int i = 0; i < 30; i++) {
            long first = firstLine();
            browser.run("document.getElementById('log').scrollTop = 0");
            Eventually.until("earlier lines are there", () -> firstLine() < first);
        }
        assertThat(browser.number("document.querySelectorAll('.line').length")).isLessThan(11_000);
        assertThat(browser.text(LINES)).isEqualTo(numberedFrom(firstLine()));
        browser.press(Keys.HOME);
        Eventually.until("the beginning is there", () -> firstLine() == 1 && scrollTop() == 0);
        browser.run("location.hash = '#L5000000'");
        Eventually.until(
                "the line is there", () -> browser.text(".chosen .text").equals(numbered(5_000_000)));
        browser.press("/");
        browser.element("#find input").sendKeys("12345", Keys.ENTER);
        Eventually.until("it is found", () -> browser.text("#find output").equals("Line 5012345"));
        assertThat(browser.text(".chosen .text")).isEqualTo(numbered(5_012_345));
        browser.element("#find input").sendKeys(Keys.ESCAPE);
        browser.press("f");
        awaitLastLine(numbered(lines));
        assertThat(distanceFromBottom()).isLessThan(4);
    }

    @Test
    void longLinesAreReachedWhereverTheyAre() throws Exception {
        Deployment deployment = server.awaitEnd(server.shell(
                "for i in $(seq 600); do printf '%d ' $i; head -c 2000 /dev/zero | tr '\\0' x; echo; done"));

        browser.open(server.webPage() + "deployments/" + deployment.getDeploymentId() + "#L300");
        Eventually.until(
                "the line is marked", () -> browser.text(".chosen .text").startsWith("300 "));
        browser.press(Keys.HOME);
        Eventually.until("it begins", () -> browser.text(LINES).startsWith("1 "));
        Eventually.until("everything behind it comes", () -> {
            browser.run("document.getElementById('log').scrollTop = 1e9");
            return browser.text(".line:last-child .text").contains("600 ");
        });
    }

    @Test
    void logOfFewHugeLinesFillsTheScreen() throws Exception {
        Deployment deployment = server.awaitEnd(server.shell(
                "for i in $(seq 30); do printf '%d ' $i; head -c 100000 /dev/zero | tr '\\0' x; echo; done"));

        open(deployment);

        Eventually.until("what fits is there", () -> firstLine() > 0 && firstLine() < 15);
        Eventually.until("its end is seen", () -> distanceFromBottom() < 4);
    }

    @Test
    void lineThatIsNotThereShowsTheEnd() throws Exception {
        Deployment deployment = server.awaitEnd(server.shell("seq 10"));

        browser.open(server.webPage() + "deployments/" + deployment.getDeploymentId() + "#L99999");

        awaitLastLine("10");
    }

    @Test
    void olderDeploymentsAreReachedWhileNewOnesCome() throws Exception {
        for (int i = 0; i < 50; i++) {
            server.awaitEnd(server.run("true"));
        }
        browser.open(server.webPage());
        assertThat(browser.text(".pages")).isBlank();

        server.awaitEnd(server.run("true"));

        Eventually.until("there are older ones", () -> browser.text(".pages").contains("Older"));
        browser.click(".pages a");
        Eventually.until(
                "the oldest is there", () -> browser.text("#rows .state").equals("succeeded"));
    }

    @Test
    void listUpdatesItselfAndIsFilteredByItsAddress() throws Exception {
        Gate go = Gate.in(directory, "go");
        browser.open(server.webPage() + "?target=shop");
        assertThat(browser.text("#rows")).contains("No such deployments");

        server.start(StartDeployRequest.newBuilder().setTarget("other").addCommand("true"));
        server.start(StartDeployRequest.newBuilder().setTarget("shop").addAllCommand(List.of("sh", "-c", go.await())));
        server.start(StartDeployRequest.newBuilder().setTarget("shop").addCommand("true"));
        Eventually.until("both are there", () -> browser.text("#rows .state").equals("queued\nrunning"));
        assertThat(browser.text("#rows")).doesNotContain("other");
        go.open();
        Eventually.until("both are done", () -> browser.text("#rows .state").equals("succeeded\nsucceeded"));

        browser.element("input[name=target]").clear();
        browser.element("input[name=target]").sendKeys("other");
        Eventually.until("the address says so", () -> browser.address().contains("target=other"));
        Eventually.until(
                "the other is there",
                () -> browser.text("#rows td:nth-child(2)").equals("other"));
        clickFirstRow();
        Eventually.until("its page is there", () -> browser.title().equals("✓ succeeded: other"));
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void cancelAsksFirst() throws Exception {
        Deployment deployment = server.shell("echo begun; sleep 1000");
        open(deployment);
        awaitLog("begun");

        browser.click(".cancel");
        assertThat(browser.answer(false)).startsWith("Cancel this deployment?");
        assertThat(server.get(deployment.getDeploymentId()).hasCancelTime()).isFalse();
        browser.click(".cancel");
        browser.answer(true);

        assertThat(server.awaitEnd(deployment).getState()).isEqualTo(State.STATE_CANCELLED);
        Eventually.until("the page says so", () -> browser.title().startsWith("– cancelled"));
        assertThat(browser.text("#end")).contains("cancelled").contains("from the web page");
    }

    @Test
    void whoIsKnownLogsInWithATokenAndSeesWhatItMay() throws Exception {
        Path file = directory.resolve("callers.json");
        CallerRegistry callers = new CallerRegistry(file);
        String ops = callers.addToken("ops", Optional.of(Role.ADMIN), List.of());
        String dashboard = callers.addToken("dashboard", Optional.of(Role.VIEWER), List.of("shop"));
        try (TestServer guarded =
                TestServer.start(directory.resolve("guarded"), "--web", "127.0.0.1:0", "--callers", file.toString())) {
            AsCaller admin = AsCaller.of(guarded.channel(), ops);
            StartDeployRequest.Builder request =
                    StartDeployRequest.newBuilder().addAllCommand(List.of("sh", "-c", "echo begun; exec sleep 100"));
            Deployment shop = admin.start(request.clone().setTarget("shop"));
            Deployment hidden = admin.start(request.clone().setTarget("billing"));

            browser.open(guarded.webPage() + "deployments/" + shop.getDeploymentId());
            logIn("dt_wrong");
            Eventually.until("it says so", () -> browser.text(".problem").contains("not known"));
            logIn(dashboard);
            awaitLog("begun");
            assertThat(browser.text("#summary")).contains("Started by").contains("ops");
            assertThat(browser.isShown(".cancel")).isFalse();
            browser.click(".path a");
            Eventually.until(
                    "the list is there", () -> browser.text("#rows .target").equals("shop"));
            assertThat(browser.text(".caller")).contains("dashboard");
            browser.open(guarded.webPage() + "deployments/" + hidden.getDeploymentId());
            assertThat(browser.text("main")).contains("There is no deployment");

            browser.open(guarded.webPage());
            browser.click(".caller button");
            Eventually.until("it is logged out", () -> browser.isShown("form.login"));
            logIn(ops);
            Eventually.until(
                    "both are there", () -> browser.text("#rows .target").equals("billing\nshop"));
            browser.open(guarded.webPage() + "deployments/" + shop.getDeploymentId());
            awaitLog("begun");
            browser.click(".cancel");
            browser.answer(true);
            assertThat(admin.awaitEnd(shop).getCancelledBy()).isEqualTo("ops");
            Eventually.until("the page says so", () -> browser.text("#summary").contains("Cancelled by"));

            open(guarded, hidden);
            awaitLog("begun");
            callers.revokeToken("ops", false);
            Eventually.until("it is cut off", () -> browser.text("#trouble").contains("not logged in"));
            browser.open("about:blank");
            stopLeftBehind(guarded, callers, hidden);
        }
    }

    private static void logIn(String token) {
        browser.element("input[name=token]").sendKeys(token + Keys.ENTER);
    }

    private static void stopLeftBehind(TestServer server, CallerRegistry callers, Deployment deployment)
            throws Exception {
        AsCaller again = AsCaller.of(server.channel(), callers.addToken("ops", Optional.of(Role.ADMIN), List.of()));
        Eventually.until("it is known again", () -> {
            try {
                again.cancel(deployment.getDeploymentId());
                return true;
            } catch (StatusRuntimeException e) {
                return false;
            }
        });
        again.awaitEnd(deployment);
    }

    @Test
    void worksBehindAProxyUnderAPrefix() throws Exception {
        Gate go = Gate.in(directory, "go");
        try (PrefixProxy proxy = PrefixProxy.start("/tools/deploys", server.webPage())) {
            Deployment deployment = server.shell("echo one; " + go.await() + "; echo two");
            browser.open(proxy.address());
            Eventually.until("it is listed", () -> browser.text("#rows .state").equals("running"));
            clickFirstRow();
            awaitLog("one");
            go.open();
            awaitLog("one", "two");
            server.awaitEnd(deployment);
            browser.click(".path a");
            Eventually.until(
                    "the list is back", () -> browser.text("#rows .state").equals("succeeded"));
            assertThat(browser.address()).isEqualTo(proxy.address());
        }
    }

    @Test
    void queuedDeploymentSaysWhomItWaitsForAndProgressIsByPastRuns() throws Exception {
        Gate go = Gate.in(directory, "go");
        server.awaitEnd(
                server.start(StartDeployRequest.newBuilder().setTarget("shop").addAllCommand(List.of("sleep", "0.1"))));
        Deployment holder = server.start(
                StartDeployRequest.newBuilder().setTarget("shop").addAllCommand(List.of("sh", "-c", go.await())));
        Deployment waiting =
                server.start(StartDeployRequest.newBuilder().setTarget("shop").addCommand("true"));
        open(waiting);
        assertThat(browser.text("#summary")).contains("as number 1 for shop", holder.getDeploymentId());

        open(holder);
        Eventually.until("it takes longer than before", () -> browser.isShown(".late"));
        assertThat(browser.text("#summary")).contains("of about 0:00");
        go.open();
        Eventually.until("it is over", () -> browser.title().equals("✓ succeeded: shop"));
        server.awaitEnd(waiting);
    }

    @Test
    void readsWellOnAPhoneInDarkAndInLight() throws Exception {
        server.awaitEnd(server.start(StartDeployRequest.newBuilder()
                .setTarget("a-target-with-quite-a-long-name.example")
                .addAllCommand(List.of("sh", "-c", "seq 1 100; head -c 2000 /dev/zero | tr '\\0' x; echo"))));
        Deployment deployment = server.awaitEnd(server.shell("seq 1 100; head -c 2000 /dev/zero | tr '\\0' x; echo"));
        browser.size(390, 800);
        browser.open(server.webPage());
        assertThat(browser.number("document.documentElement.scrollWidth")).isLessThanOrEqualTo(390);
        open(deployment);
        awaitLastLine("x".repeat(2000));
        assertThat(browser.number("document.documentElement.scrollWidth")).isLessThanOrEqualTo(390);
        assertThat(browser.number("document.getElementById('log').scrollWidth")).isGreaterThan(390);
        browser.press("w");
        assertThat(browser.number("document.getElementById('log').scrollWidth")).isLessThanOrEqualTo(390);
        assertThat(browser.number("document.getElementById('log').clientHeight"))
                .isGreaterThan(300);

        browser.prefer("dark");
        Object dark = browser.run("return getComputedStyle(document.documentElement).backgroundColor");
        browser.prefer("light");
        Object light = browser.run("return getComputedStyle(document.documentElement).backgroundColor");
        assertThat(dark).isNotEqualTo(light);
        browser.size(1100, 700);
    }

    @Test
    void numbersTimesAndTextCanBeHadByKeyboard() throws Exception {
        Deployment deployment = server.awaitEnd(server.shell("seq 1 50"));
        open(deployment);
        awaitLastLine("50");

        browser.press("t");
        assertThat(browser.string("return getComputedStyle(document.querySelector('#L7 .text'), '::before').content"))
                .isNotEqualTo("none");
        assertThat(browser.string("return document.querySelector('#L7 .text').dataset.time"))
                .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}");
        assertThat(browser.run("return document.querySelector('[data-action=times]').ariaPressed"))
                .isEqualTo("true");
        browser.run("getSelection().selectAllChildren(document.getElementById('log'))");
        assertThat(browser.string("return getSelection().toString().trim()").replaceAll("\\s+", "\n"))
                .as("neither numbers nor times are copied")
                .isEqualTo(numbers(1, 50));
        browser.open("about:blank");
        browser.open(server.webPage() + "deployments/" + deployment.getDeploymentId() + "#L12");
        Eventually.until(
                "the line is marked", () -> browser.text(".chosen .text").equals("12"));
    }

    /** At once, as the row may be replaced by its update before a pointer gets there. */
    private static void clickFirstRow() {
        browser.run("document.querySelector('#rows a').click()");
    }

    private void open(Deployment deployment) {
        open(server, deployment);
    }

    private static void open(TestServer server, Deployment deployment) {
        browser.open(server.webPage() + "deployments/" + deployment.getDeploymentId());
    }

    private static void awaitLog(String... lines) throws Exception {
        Eventually.until("the log is there", () -> browser.text(LINES).equals(String.join("\n", lines)));
    }

    private static void awaitLastLine(String text) throws Exception {
        Eventually.until(
                "the last line is there",
                () -> text.equals(browser.run("return [...document.querySelectorAll('.text')].at(-1)?.textContent")));
    }

    private static long firstLine() {
        return browser.number("document.querySelector('.number')?.dataset.number ?? 0");
    }

    private static long scrollTop() {
        return browser.number("document.getElementById('log').scrollTop");
    }

    private static long distanceFromBottom() {
        return browser.number("(l => l.scrollHeight - l.clientHeight - l.scrollTop)(document.getElementById('log'))");
    }

    private static String numbers(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).collect(Collectors.joining("\n"));
    }

    private static String numbered(long line) {
        return String.format("%015d", line);
    }

    /** What the lines in the page must be, from this one on. */
    private static String numberedFrom(long first) {
        long count = browser.number("document.querySelectorAll('.line').length");
        return LongStream.range(first, first + count)
                .mapToObj(WebPageTest::numbered)
                .collect(Collectors.joining("\n"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
