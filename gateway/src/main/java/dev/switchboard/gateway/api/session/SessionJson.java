package dev.switchboard.gateway.api.session;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.log.LaneState;
import dev.switchboard.proto.v1.Limits;
import dev.switchboard.wire.Position;
import java.time.Instant;
import java.util.List;

/** What Welcome says, as JSON. Pure functions. */
final class SessionJson {
    private SessionJson() {}

    static JsonObject session(Identity who, Instant now, Limits limits, List<ResumeLanes.LaneAnswer> heads) {
        JsonObject json = new JsonObject();
        json.addProperty("user", who.user());
        json.addProperty("name", who.name());
        json.addProperty("role", who.role().name());
        json.addProperty("expiresAt", who.expiresAt().toEpochMilli());
        json.addProperty("serverTime", now.toEpochMilli());
        json.add("limits", limits(limits));
        JsonArray list = new JsonArray();
        heads.forEach(head -> list.add(head(head, who.isAdmin())));
        json.add("heads", list);
        return json;
    }

    private static JsonObject limits(Limits limits) {
        JsonObject json = new JsonObject();
        json.addProperty("textCodePointsMax", limits.getTextCodePointsMax());
        json.addProperty("textBytesMax", limits.getTextBytesMax());
        json.addProperty("frameBytesMax", limits.getFrameBytesMax());
        json.addProperty("unansweredMax", limits.getUnansweredMax());
        json.addProperty("pingIntervalMs", limits.getPingIntervalMs());
        json.addProperty("silenceMaxMs", limits.getSilenceMaxMs());
        return json;
    }

    private static JsonObject head(ResumeLanes.LaneAnswer lane, boolean ofStaff) {
        LaneState state = lane.state();
        JsonObject json = new JsonObject();
        json.addProperty("conversation", lane.at().conversation().toString());
        add(json, "epoch", "seq", state.head());
        add(json, "storedEpoch", "storedSeq", state.stored());
        json.add("ownerRead", position(state.reads().owner()));
        json.add("staffRead", position(state.reads().staff()));
        json.addProperty("unread", state.reads().unread(state.head(), ofStaff));
        return json;
    }

    private static JsonObject position(Position position) {
        JsonObject json = new JsonObject();
        add(json, "epoch", "seq", position);
        return json;
    }

    private static void add(JsonObject json, String epoch, String seq, Position position) {
        json.addProperty(epoch, Integer.toUnsignedLong(position.epoch()));
        json.addProperty(seq, Integer.toUnsignedLong(position.seq()));
    }
}
