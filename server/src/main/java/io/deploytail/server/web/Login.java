package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Actor;
import io.deploytail.server.deployment.AuditEntry;
import io.deploytail.server.deployment.AuditTrail;
import java.time.Clock;
import java.util.regex.Pattern;
import org.eclipse.jetty.util.Fields;

/** Lets people log in with a token, and out again. Thread-safe. */
final class Login {
    /** Where one may go on behind it: only what is here. */
    private static final Pattern GOAL = Pattern.compile("(deployments/[0-9a-f-]{1,64})?");

    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,128}");
    private static final String UNKNOWN = "This token is not known, or no longer.";

    private final Visitors visitors;
    private final Templates templates;
    private final Clock clock;
    private final AuditTrail audit;

    Login(Visitors visitors, Templates templates, Clock clock, AuditTrail audit) {
        this.visitors = requireNonNull(visitors);
        this.templates = requireNonNull(templates);
        this.clock = requireNonNull(clock);
        this.audit = requireNonNull(audit);
    }

    /** Asks who it is that asks for a page. */
    void ask(Exchange exchange) {
        if (exchange.wantsHtml()) {
            String goal = exchange.path().substring(1);
            show(exchange, GOAL.matcher(goal).matches() ? goal : "", "");
        } else {
            if (visitors.hasShownToken(exchange.request())) {
                record(exchange);
            }
            exchange.with("WWW-Authenticate", "Bearer")
                    .answer(401, Exchange.TEXT, "You are not logged in, or no longer: load this page again.\n");
        }
    }

    private void show(Exchange exchange, String goal, String problem) {
        PageHead head = new PageHead("Log in", exchange.root(), "queued.svg", "", clock.millis(), "");
        exchange.with("Cache-Control", "no-store").answer(401, Exchange.HTML, templates.login(head, goal, problem));
    }

    /** Takes the form with the token. */
    void logIn(Exchange exchange) {
        requireOwnForm(exchange);
        exchange.readForm(form -> {
            String token = value(form, "token").strip();
            String goal = value(form, "goal");
            if (!GOAL.matcher(goal).matches()) {
                goal = "";
            }
            if (TOKEN.matcher(token).matches() && visitors.byToken(token).isPresent()) {
                exchange.with("Set-Cookie", Visitors.cookie(token)).goTo("./" + goal);
            } else {
                record(exchange);
                show(exchange, goal, UNKNOWN);
            }
        });
    }

    private void record(Exchange exchange) {
        audit.record(
                AuditEntry.of(clock.instant(), new Actor("", exchange.origin()), "login", "UNAUTHENTICATED", UNKNOWN));
    }

    void logOut(Exchange exchange) {
        requireOwnForm(exchange);
        exchange.with("Set-Cookie", Visitors.noCookie()).goTo("./");
    }

    /** Browsers of today say where a form comes from; another site's could log somebody in as somebody else. */
    private static void requireOwnForm(Exchange exchange) {
        if (!exchange.method().equals("POST")) {
            exchange.with("Allow", "POST");
            throw new RefusedException(405, "This is a POST.");
        }
        if (!exchange.header("Sec-Fetch-Site").orElse("same-origin").equals("same-origin")) {
            throw new RefusedException(403, "This can only be done from here.");
        }
    }

    private static String value(Fields form, String name) {
        String value = form.getValue(name);
        return value == null ? "" : value;
    }
}
