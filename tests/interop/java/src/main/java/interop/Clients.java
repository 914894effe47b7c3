package interop;

import java.util.Map;
import java.util.stream.Collectors;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.materials.Keyring;

/**
 * Clients, one for each object: client 4.0.1 never gives back the connection that it read an
 * instruction file over, so a client that is used for many objects hangs in the end.
 */
final class Clients {
    /** Shared by all clients: a client waits for two seconds when it has to stop threads of its own. */
    private static final SdkEventLoopGroup THREADS =
            SdkEventLoopGroup.builder().numberOfThreads(2).build();

    private Clients() {}

    static S3EncryptionClient.Builder builder(Keyring keyring) {
        return S3EncryptionClient.builderV4()
                .keyring(keyring)
                .forcePathStyle(true)
                .asyncHttpClientBuilder(NettyNioAsyncHttpClient.builder().eventLoopGroup(THREADS));
    }

    /** The caller's encryption context; a raw wrapping key has none, its pairs describe the key. */
    static Map<String, String> encryptionContext(Map<String, JsonNode> item) {
        if (!item.get("wrapping_key").asString().equals("kms")) {
            return Map.of();
        }
        return item.get("pairs").asObject().entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, pair -> pair.getValue().asString()));
    }
}
