package interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.Keyring;
import software.amazon.encryption.s3.materials.KmsKeyring;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RsaKeyring;

/** The keyring for one object, and the key service client behind it where there is one. */
record Keys(Keyring keyring, KmsClient service) implements AutoCloseable {
    static Keys of(Map<String, JsonNode> item, boolean legacy) throws Exception {
        String kind = item.get("wrapping_key").asString();
        if (kind.equals("kms")) {
            KmsClient service = KmsClient.create();
            return new Keys(
                    KmsKeyring.builder()
                            .kmsClient(service)
                            .wrappingKeyId(item.get("kms_key_arn").asString())
                            .enableLegacyWrappingAlgorithms(legacy)
                            .build(),
                    service);
        }
        String text = Files.readString(Path.of(item.get("wrapping_key_file").asString()));
        Keyring keyring = kind.startsWith("aes") ? aes(text, legacy) : rsa(text, legacy);
        return new Keys(keyring, null);
    }

    private static Keyring aes(String base64, boolean legacy) {
        byte[] key = Base64.getDecoder().decode(base64.strip());
        return AesKeyring.builder()
                .wrappingKey(new SecretKeySpec(key, "AES"))
                .enableLegacyWrappingAlgorithms(legacy)
                .build();
    }

    private static Keyring rsa(String pem, boolean legacy) throws Exception {
        String base64 = pem.replaceAll("-----[^-]+-----", "");
        byte[] pkcs8 = Base64.getMimeDecoder().decode(base64);
        PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        return RsaKeyring.builder()
                .wrappingKeyPair(PartialRsaKeyPair.builder().privateKey(key).build())
                .enableLegacyWrappingAlgorithms(legacy)
                .build();
    }

    @Override
    public void close() {
        if (service != null) {
            service.close();
        }
    }
}
