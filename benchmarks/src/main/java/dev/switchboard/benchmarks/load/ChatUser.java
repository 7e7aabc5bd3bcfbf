package dev.switchboard.benchmarks.load;

import dev.switchboard.benchmarks.load.client.ConnectionHandler;
import dev.switchboard.benchmarks.load.client.FrameListener;
import dev.switchboard.benchmarks.load.client.MessageIds;
import dev.switchboard.benchmarks.load.client.MessageText;
import dev.switchboard.benchmarks.load.client.SendFrame;
import dev.switchboard.proto.v1.RefusalCode;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A user with two devices: one sends on one gateway, the other must get every message from the other gateway, once and in
 * order. Confined to one event loop.
 */
final class ChatUser {
    /** May send as fast as answers come. */
    static final long UNLIMITED = Long.MAX_VALUE;

    /** Refusals with these codes and above leave open whether the message was stored. */
    private static final int FIRST_UNKNOWN_CODE = RefusalCode.UNAVAILABLE_VALUE;

    private final int number;
    private final String name;
    private final Crew crew;
    private final long idHigh;
    private final Ledger ledger;
    private final SendFrame frame;
    private final MessageText text;
    private final ConnectionHandler sender;
    private final ConnectionHandler receiver;
    private @Nullable Schedule schedule;
    private long permitted;
    private int storedSeq;
    private boolean waiting;

    /** What all users of a run share. */
    record Crew(
            EventLoop loop,
            Tally tally,
            Faults faults,
            Crowd.Guests guests,
            Runnable welcomed,
            Consumer<String> lost) {}

    ChatUser(int number, String name, long runStartMillis, String token, Crew crew) {
        this.number = number;
        this.name = name;
        this.crew = crew;
        MessageIds ids = MessageIds.of(runStartMillis, number);
        this.idHigh = ids.high();
        this.ledger = new Ledger(name, crew.faults());
        this.frame = new SendFrame(ids, number, crew.guests().textBytes());
        this.text = new MessageText(number, crew.guests().textBytes());
        this.sender = new ConnectionHandler(token, new SendingDevice());
        this.receiver = new ConnectionHandler(token, new ReceivingDevice());
    }

    ConnectionHandler sender() {
        return sender;
    }

    ConnectionHandler receiver() {
        return receiver;
    }

    /** Latencies count from the instants of this schedule. */
    void follow(Schedule schedule) {
        this.schedule = schedule;
    }

    /** Raises the number of messages that may have been sent by now, and sends what it can. */
    void permit(long messages) {
        permitted = messages;
        send();
    }

    /** Sends nothing more. */
    void stop() {
        permitted = 0;
    }

    boolean answered() {
        return ledger.underWay() == 0;
    }

    boolean toldStored() {
        return storedSeq >= ledger.acceptedSeq();
    }

    /** Nothing more will come. Returns how many messages are stored or not, nobody knows. */
    long finish() {
        ledger.finish();
        if (!toldStored()) {
            crew.faults()
                    .add(
                            Faults.Kind.NOT_STORED,
                            "%s: told up to %d of %d".formatted(name, storedSeq, ledger.acceptedSeq()));
        }
        return ledger.unknown();
    }

    void close() {
        sender.close();
        receiver.close();
    }

    private void send() {
        int count = (int) Math.min(crew.guests().underWayMax() - ledger.underWay(), permitted - ledger.sent());
        if (count <= 0 || waiting) {
            return;
        }
        ByteBuf frames = sender.buffer(count * frame.length());
        for (int i = 0; i < count; i++) {
            frame.write(frames, ledger.send());
        }
        sender.send(frames);
        crew.tally().sent(count);
    }

    /** A refusal says when to come again; until then every further try would only be noise. */
    private void waitBeforeNextSend(int millis) {
        if (!waiting) {
            waiting = true;
            crew.loop()
                    .schedule(
                            () -> {
                                waiting = false;
                                send();
                            },
                            millis,
                            TimeUnit.MILLISECONDS);
        }
    }

    private abstract class Device implements FrameListener {
        private final String device;
        long now;

        Device(String device) {
            this.device = device;
        }

        @Override
        public void heard(long nanos) {
            now = nanos;
        }

        @Override
        public void welcome() {
            crew.welcomed().run();
        }

        @Override
        public void stored(int seq) {
            // Both devices hear it; the sender's counts.
        }

        @Override
        public void unexpected(String what) {
            crew.faults().add(Faults.Kind.UNEXPECTED, "%s, %s device: %s".formatted(name, device, what));
        }

        @Override
        public void lost(String why) {
            crew.lost().accept("%s, %s device: %s".formatted(name, device, why));
        }
    }

    private final class SendingDevice extends Device {
        SendingDevice() {
            super("sending");
        }

        @Override
        public void accepted(long high, long low, int seq, boolean duplicate) {
            long message = high == idHigh ? MessageIds.number(low) : -1;
            if (ledger.accepted(message, seq, duplicate)) {
                crew.tally().accepted();
                Schedule plan = schedule;
                if (plan != null) {
                    crew.tally().acceptedAfter(plan.instant(number, message), now);
                }
            }
        }

        @Override
        public void refused(long low, int code, int retryAfterMillis) {
            crew.tally().refused(code);
            ledger.refused(MessageIds.number(low), code < FIRST_UNKNOWN_CODE);
            if (retryAfterMillis > 0) {
                waitBeforeNextSend(retryAfterMillis);
            }
        }

        @Override
        public void stored(int seq) {
            if (seq > storedSeq) {
                crew.tally().stored(seq - storedSeq);
                storedSeq = seq;
            }
        }

        @Override
        public void turnEnded() {
            send();
        }
    }

    private final class ReceivingDevice extends Device {
        ReceivingDevice() {
            super("receiving");
        }

        @Override
        public void message(long high, long low, int seq, byte[] bytes, int textFrom, int textTo) {
            long message = high == idHigh ? MessageIds.number(low) : -1;
            ledger.delivered(message, seq, text.matches(message, bytes, textFrom, textTo));
            crew.tally().delivered();
            Schedule plan = schedule;
            if (plan != null && message >= 0) {
                crew.tally().deliveredAfter(plan.instant(number, message), now);
            }
        }
    }
}
