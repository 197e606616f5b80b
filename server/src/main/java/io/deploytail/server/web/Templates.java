package io.deploytail.server.web;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.util.Map;

/** The pages and their fragments, as the build has made them from {@code src/main/jte}. Thread-safe. */
final class Templates {
    private final TemplateEngine engine = TemplateEngine.createPrecompiled(ContentType.Html);

    String deploymentsPage(DeploymentListView list) {
        return render("deployments.jte", "list", list);
    }

    String rows(DeploymentListView list) {
        return render("rows.jte", "list", list);
    }

    String deploymentPage(DeploymentView deployment) {
        return render("deployment.jte", "deployment", deployment);
    }

    String summary(DeploymentView deployment) {
        return render("summary.jte", "deployment", deployment);
    }

    /** @param goal the address behind it, from the root on */
    String login(PageHead head, String goal, String problem) {
        StringOutput output = new StringOutput();
        engine.render("login.jte", Map.of("head", head, "goal", goal, "problem", problem), output);
        return output.toString();
    }

    String message(PageHead head, String message) {
        StringOutput output = new StringOutput();
        engine.render("message.jte", Map.of("head", head, "message", message), output);
        return output.toString();
    }

    private String render(String name, String parameter, Object value) {
        StringOutput output = new StringOutput();
        engine.render(name, Map.of(parameter, value), output);
        return output.toString();
    }
}
