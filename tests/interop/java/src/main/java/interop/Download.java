package interop;

import java.util.Map;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.encryption.s3.CommitmentPolicy;
import software.amazon.encryption.s3.S3EncryptionClient;

/** One download. */
final class Download {
    private Download() {}

    static byte[] plaintext(Map<String, JsonNode> item) throws Exception {
        boolean legacy = item.get("legacy").asBoolean();
        boolean committing = item.get("format").asString().equals("v3");
        try (Keys keys = Keys.of(item, legacy);
                S3EncryptionClient client = Clients.builder(keys.keyring())
                        .enableLegacyUnauthenticatedModes(legacy)
                        .commitmentPolicy(committing
                                ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
                                : CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                        .build()) {
            return client.getObjectAsBytes(request -> request
                            .bucket(item.get("bucket").asString())
                            .key(item.get("key").asString())
                            .overrideConfiguration(settings(item)))
                    .asByteArray();
        }
    }

    private static AwsRequestOverrideConfiguration settings(Map<String, JsonNode> item) {
        AwsRequestOverrideConfiguration.Builder settings = AwsRequestOverrideConfiguration.builder();
        S3EncryptionClient.withAdditionalConfiguration(Clients.encryptionContext(item)).accept(settings);
        if (item.get("storage").asString().equals("suffix")) {
            S3EncryptionClient.withCustomInstructionFileSuffix(item.get("suffix").asString()).accept(settings);
        }
        return settings.build();
    }
}
