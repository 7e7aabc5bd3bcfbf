package dev.switchboard.gateway.api.session;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.proto.v1.Limits;
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
        heads.forEach(head -> list.add(head(head)));
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

    private static JsonObject head(ResumeLanes.LaneAnswer lane) {
        JsonObject json = new JsonObject();
        json.addProperty("conversation", lane.at().conversation().toString());
        json.addProperty("epoch", Integer.toUnsignedLong(lane.state().head().epoch()));
        json.addProperty("seq", Integer.toUnsignedLong(lane.state().head().seq()));
        json.addProperty(
                "storedEpoch", Integer.toUnsignedLong(lane.state().stored().epoch()));
        json.addProperty(
                "storedSeq", Integer.toUnsignedLong(lane.state().stored().seq()));
        return json;
    }
}
