package dev.switchboard.benchmarks.proof.fleet;

import com.google.protobuf.ByteString;
import dev.switchboard.benchmarks.proof.fleet.client.ChatClient;
import dev.switchboard.benchmarks.proof.fleet.client.Scene;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.wire.WireUuid;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Makes a crew do what the schedule says, when it says so: an open loop, whatever the answers. Confined to the event loop. */
final class Conductor {
    private final Crew crew;
    private final Scene scene;
    private final List<Step> steps;
    private final Set<Integer> repeated = new HashSet<>();
    /** Messages that will be repeated, by number. */
    private final Map<Integer, Said> said = new HashMap<>();

    private int next;
    private long start;
    private boolean stopped;

    /** A message and who said it. */
    private record Said(ChatClient speaker, Send send) {}

    Conductor(FleetPlan plan, Crew crew, Scene scene) {
        this.crew = crew;
        this.scene = scene;
        this.steps = Schedule.of(plan);
        for (Step step : steps) {
            if (step instanceof Step.Again again) {
                repeated.add(again.number());
            }
        }
    }

    void start() {
        start = System.nanoTime();
        pace();
    }

    void stop() {
        stopped = true;
    }

    /** The schedule is through, or was stopped. */
    boolean isOver() {
        return stopped || next >= steps.size();
    }

    /** Does what is due and comes again when the next step is. */
    private void pace() {
        if (stopped) {
            return;
        }
        long now = System.nanoTime() - start;
        while (next < steps.size() && steps.get(next).at() <= now) {
            carryOut(steps.get(next));
            next++;
        }
        if (next < steps.size()) {
            long wait = steps.get(next).at() - (System.nanoTime() - start);
            scene.loop().schedule(this::pace, Math.max(0, wait), TimeUnit.NANOSECONDS);
        }
    }

    private void carryOut(Step step) {
        if (step instanceof Step.Say say) {
            ChatClient speaker = say.admin() ? crew.admin(say.speaker()) : crew.user(say.speaker());
            Send send = send(say);
            if (repeated.contains(say.number())) {
                said.put(say.number(), new Said(speaker, send));
            }
            speaker.say(say.number(), send);
        } else if (step instanceof Step.Again again) {
            Said first = said.remove(again.number());
            if (first != null) {
                first.speaker().again(first.send(), again.otherGateway());
            }
        } else if (step instanceof Step.Reconnect reconnect) {
            ChatClient who = reconnect.admin() ? crew.admin(reconnect.who()) : crew.user(reconnect.who());
            who.reconnect(reconnect.abruptly(), reconnect.otherGateway());
        }
    }

    private Send send(Step.Say say) {
        Send.Builder send = Send.newBuilder()
                .setClientMsgId(scene.letters().idBytes(say.number()))
                .setText(scene.letters().text(say.number()));
        String about = crew.userName(say.about());
        UUID conversation = scene.heads().conversations().get(about);
        if (say.staff() && conversation != null) {
            return send.setLane(Lane.STAFF)
                    .setConversation(ByteString.copyFrom(WireUuid.bytes(conversation)))
                    .build();
        }
        // Nobody can write a note about what was not opened yet: then the owner reads it.
        return say.admin() ? send.setOwner(about).build() : send.build();
    }
}
