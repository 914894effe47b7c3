package interop;

import java.util.Map;
import java.util.stream.Collectors;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.encryption.s3.CommitmentPolicy;
import software.amazon.encryption.s3.S3EncryptionClient;

/**
 * One download with a client of its own: client 4.0.1 never gives back the connection that it read
 * an instruction file over, so a client that is used for many objects hangs in the end.
 */
final class Download {
    /** Shared by all clients: a client waits for two seconds when it has to stop threads of its own. */
    private static final SdkEventLoopGroup THREADS =
            SdkEventLoopGroup.builder().numberOfThreads(2).build();

    private Download() {}

    static byte[] plaintext(Map<String, JsonNode> item) throws Exception {
        boolean legacy = item.get("legacy").asBoolean();
        boolean committing = item.get("format").asString().equals("v3");
        try (Keys keys = Keys.of(item, legacy);
                S3EncryptionClient client = S3EncryptionClient.builderV4()
                        .keyring(keys.keyring())
                        .forcePathStyle(true)
                        .asyncHttpClientBuilder(NettyNioAsyncHttpClient.builder().eventLoopGroup(THREADS))
                        .enableLegacyUnauthenticatedModes(legacy)
                        .commitmentPolicy(committing
                                ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
                                : CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                        .build()) {
            return client.getObjectAsBytes(request -> request
                            .bucket(item.get("bucket").asString())
                            .key(item.get("key").asString())
                            .overrideConfiguration(
                                    S3EncryptionClient.withAdditionalConfiguration(encryptionContext(item))))
                    .asByteArray();
        }
    }

    /** The caller's encryption context; a raw wrapping key has none, its pairs describe the key. */
    private static Map<String, String> encryptionContext(Map<String, JsonNode> item) {
        if (!item.get("wrapping_key").asString().equals("kms")) {
            return Map.of();
        }
        return item.get("pairs").asObject().entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, pair -> pair.getValue().asString()));
    }
}
