package interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.Keyring;
import software.amazon.encryption.s3.materials.KmsKeyring;
import software.amazon.encryption.s3.materials.MaterialsDescription;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RsaKeyring;

/** The keyring for one object, and the key service client behind it where there is one. */
record Keys(Keyring keyring, KmsClient service) implements AutoCloseable {
    private static final MaterialsDescription NONE = MaterialsDescription.builder().build();
    /** A key that replaces another needs a description of its own. */
    private static final MaterialsDescription REPLACEMENT =
            MaterialsDescription.builder().put("rewrapped", "yes").build();

    static Keys of(Map<String, JsonNode> item, boolean legacy) throws Exception {
        if (!item.get("wrapping_key").asString().equals("kms")) {
            return raw(item, "wrapping_key_file", legacy, NONE);
        }
        KmsClient service = KmsClient.create();
        return new Keys(
                KmsKeyring.builder()
                        .kmsClient(service)
                        .wrappingKeyId(item.get("kms_key_arn").asString())
                        .enableLegacyWrappingAlgorithms(legacy)
                        .build(),
                service);
    }

    /** The key before it is replaced. */
    static Keys first(Map<String, JsonNode> item) throws Exception {
        return raw(item, "first_key_file", false, NONE);
    }

    /** The key that replaces it. */
    static Keys described(Map<String, JsonNode> item) throws Exception {
        return raw(item, "wrapping_key_file", false, REPLACEMENT);
    }

    private static Keys raw(Map<String, JsonNode> item, String file, boolean legacy, MaterialsDescription description)
            throws Exception {
        String text = Files.readString(Path.of(item.get(file).asString()));
        boolean symmetric = item.get("wrapping_key").asString().startsWith("aes");
        return new Keys(symmetric ? aes(text, legacy, description) : rsa(text, legacy, description), null);
    }

    private static Keyring aes(String base64, boolean legacy, MaterialsDescription description) {
        byte[] key = Base64.getDecoder().decode(base64.strip());
        return AesKeyring.builder()
                .wrappingKey(new SecretKeySpec(key, "AES"))
                .materialsDescription(description)
                .enableLegacyWrappingAlgorithms(legacy)
                .build();
    }

    private static Keyring rsa(String pem, boolean legacy, MaterialsDescription description) throws Exception {
        String base64 = pem.replaceAll("-----[^-]+-----", "");
        byte[] pkcs8 = Base64.getMimeDecoder().decode(base64);
        KeyFactory factory = KeyFactory.getInstance("RSA");
        RSAPrivateCrtKey key = (RSAPrivateCrtKey) factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        return RsaKeyring.builder()
                .wrappingKeyPair(PartialRsaKeyPair.builder()
                        .privateKey(key)
                        .publicKey(factory.generatePublic(
                                new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent())))
                        .build())
                .materialsDescription(description)
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
