package interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;

/**
 * Reads every object of a job with the Amazon S3 Encryption Client for Java: {@code JOB.json OUT}
 * writes the plaintext to OUT/ID and prints {@code ok<TAB>ID} or {@code failed<TAB>ID<TAB>reason}.
 */
public final class JavaReader {
    private JavaReader() {}

    public static void main(String[] arguments) throws Exception {
        JsonNode job = JsonNode.parser().parse(Files.readString(Path.of(arguments[0])));
        Path out = Path.of(arguments[1]);
        for (JsonNode node : job.asObject().get("objects").asArray()) {
            Map<String, JsonNode> item = node.asObject();
            String id = item.get("id").asString();
            try {
                Files.write(out.resolve(id), Download.plaintext(item));
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
