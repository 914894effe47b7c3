package interop;

import java.nio.file.Files;

/**
 * Reads every object of a job with the Amazon S3 Encryption Client for Java: {@code JOB.json OUT}
 * writes the plaintext to OUT/ID.
 */
public final class JavaReader {
    private JavaReader() {}

    public static void main(String[] arguments) throws Exception {
        Job.each(arguments, (item, out) ->
                Files.write(out.resolve(item.get("id").asString()), Download.plaintext(item)));
    }
}
