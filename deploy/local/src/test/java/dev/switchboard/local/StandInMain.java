package dev.switchboard.local;

import java.nio.file.Path;

/** The run command with stand-ins for gateway and worker, on random ports. */
final class StandInMain {
    private StandInMain() {}

    public static void main(String[] arguments) {
        Steps steps = Steps.toTerminal();
        LocalConfig config = LocalConfig.random(Path.of(arguments[0]), 2, 1);
        LocalMain.run(
                steps,
                () -> LocalStack.start(config, steps, StandIn.program("JWT_SECRET"), StandIn.program("REDIS_URL")));
    }
}
