package interop;

/** Writes every object of a job with the Amazon S3 Encryption Client for Java: {@code JOB.json OUT}. */
public final class JavaWriter {
    private JavaWriter() {}

    public static void main(String[] arguments) throws Exception {
        Job.each(arguments, (item, out) -> Upload.put(item));
    }
}
