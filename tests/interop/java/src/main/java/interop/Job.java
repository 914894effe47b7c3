package interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;

/** Goes through the objects of a job, and prints {@code ok<TAB>ID} or {@code failed<TAB>ID<TAB>reason}. */
final class Job {
    interface Action {
        void run(Map<String, JsonNode> item, Path out) throws Exception;
    }

    private Job() {}

    static void each(String[] arguments, Action action) throws Exception {
        JsonNode job = JsonNode.parser().parse(Files.readString(Path.of(arguments[0])));
        for (JsonNode node : job.asObject().get("objects").asArray()) {
            Map<String, JsonNode> item = node.asObject();
            String id = item.get("id").asString();
            try {
                action.run(item, Path.of(arguments[1]));
                System.out.println("ok\t" + id);
            } catch (Exception error) {
                System.out.println("failed\t" + id + "\t" + reason(error));
            }
        }
    }

    private static String reason(Throwable error) {
        StringBuilder text = new StringBuilder(error.toString());
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            text.append("; caused by ").append(cause);
        }
        return text.toString().replaceAll("\\s+", " ");
    }
}
