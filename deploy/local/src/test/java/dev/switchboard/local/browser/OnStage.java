package dev.switchboard.local.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a {@link Stage}, and closes it: with a picture and a trace if the test failed, and with a failure if a console
 * had an error or a violation of the security policy. Without the pages it skips; without a browser
 * it does, too, or fails where one is required.
 */
final class OnStage implements ParameterResolver, AfterEachCallback, ExecutionCondition {
    private static final Namespace NAMESPACE = Namespace.create(OnStage.class);

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (OnStage.class.getResource("/web/soporte.html") == null) {
            return ConditionEvaluationResult.disabled("the gateway was built without its pages");
        }
        if (Chromium.find().isPresent()) {
            return ConditionEvaluationResult.enabled("there is a browser");
        }
        if (Chromium.isRequired()) {
            throw new IllegalStateException(
                    "-Dbrowser=required, but there is no Chromium on the PATH or at -Dbrowser.path");
        }
        return ConditionEvaluationResult.disabled("no Chromium on the PATH or at -Dbrowser.path");
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Stage.class;
    }

    @Override
    public Stage resolveParameter(ParameterContext parameter, ExtensionContext context) {
        // In the root's store: closed after the last test of this JVM.
        Theatre theatre = context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(Theatre.class, key -> Theatre.open(), Theatre.class);
        return context.getStore(NAMESPACE).computeIfAbsent(Stage.class, key -> new Stage(theatre), Stage.class);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Stage stage = context.getStore(NAMESPACE).get(Stage.class, Stage.class);
        if (stage == null) {
            return;
        }
        List<String> problems = stage.problems();
        if (context.getExecutionException().isPresent() || !problems.isEmpty()) {
            stage.leaveTraces(context.getRequiredTestClass().getSimpleName() + "." + context.getDisplayName());
        }
        assertEquals(List.of(), problems, "consoles");
    }
}
