package interop;

import java.nio.file.Path;
import java.util.Map;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.encryption.s3.CommitmentPolicy;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.algorithms.AlgorithmSuite;
import software.amazon.encryption.s3.internal.InstructionFileConfig;
import software.amazon.encryption.s3.internal.ReEncryptInstructionFileRequest;
import software.amazon.encryption.s3.materials.RawKeyring;

/** One upload, in parts if it is large; and where that is wanted, the wrapping key is replaced afterwards. */
final class Upload {
    private Upload() {}

    static void put(Map<String, JsonNode> item) throws Exception {
        boolean rewrap = item.get("rewrap").asBoolean();
        try (Keys keys = rewrap ? Keys.first(item) : Keys.of(item, false);
                S3Client plain = S3Client.builder().forcePathStyle(true).build();
                S3EncryptionClient client = client(item, keys, plain)) {
            client.putObject(
                    request -> request.bucket(item.get("bucket").asString())
                            .key(item.get("key").asString())
                            .overrideConfiguration(S3EncryptionClient.withAdditionalConfiguration(
                                    Clients.encryptionContext(item))),
                    RequestBody.fromFile(Path.of(item.get("plaintext").asString())));
            if (rewrap) {
                rewrap(item, client);
            }
        }
    }

    private static S3EncryptionClient client(Map<String, JsonNode> item, Keys keys, S3Client plain) {
        boolean committing = item.get("format").asString().equals("v3");
        S3EncryptionClient.Builder builder = Clients.builder(keys.keyring())
                .enableMultipartPutObject(item.get("large").asBoolean())
                .encryptionAlgorithm(committing
                        ? AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
                        : AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF)
                .commitmentPolicy(committing
                        ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
                        : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT);
        if (!item.get("storage").asString().equals("metadata")) {
            builder.instructionFileConfig(InstructionFileConfig.builder()
                    .instructionFileClient(plain)
                    .enableInstructionFilePutObject(true)
                    .build());
        }
        return builder.build();
    }

    private static void rewrap(Map<String, JsonNode> item, S3EncryptionClient client) throws Exception {
        ReEncryptInstructionFileRequest.Builder request = ReEncryptInstructionFileRequest.builder()
                .bucket(item.get("bucket").asString())
                .key(item.get("key").asString())
                .enforceRotation(true)
                .newKeyring((RawKeyring<?>) Keys.described(item).keyring());
        if (item.get("storage").asString().equals("suffix")) {
            // The request puts the dot before it.
            request.instructionFileSuffix(item.get("suffix").asString().substring(1));
        }
        client.reEncryptInstructionFile(request.build());
    }
}
