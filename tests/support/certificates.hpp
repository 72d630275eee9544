#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace tessera::test {

// A folder that goes with its object.
class temporary_folder {
  public:
    temporary_folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tessera-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = pattern;
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

struct certificate_request {
    std::string common_name = "tessera test";
    std::string alternative_names = {};  // as in "DNS:localhost,IP:127.0.0.1"; empty: none
    long begins_in = -3600;              // seconds
    long ends_in = 3600;
    bool authority = false;
};

// A key with its certificate, made at run time: P-256, signed by `issuer`, or by itself.
class identity {
  public:
    explicit identity(const certificate_request& wanted, const identity* issuer = nullptr)
        : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
        X509* const made = certificate_.get();
        X509_set_version(made, 2);
        static long serial = 1000;
        ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
        X509_gmtime_adj(X509_getm_notBefore(made), wanted.begins_in);
        X509_gmtime_adj(X509_getm_notAfter(made), wanted.ends_in);
        X509_set_pubkey(made, key_.get());
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(made), "CN", MBSTRING_UTF8,
            reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()), -1, -1, 0);
        X509* const signer = issuer != nullptr ? issuer->certificate_.get() : made;
        X509_set_issuer_name(made, X509_get_subject_name(signer));
        add(NID_basic_constraints, wanted.authority ? "critical,CA:TRUE" : "CA:FALSE", signer);
        if (wanted.authority) add(NID_key_usage, "critical,keyCertSign,cRLSign", signer);
        if (!wanted.alternative_names.empty())
            add(NID_subject_alt_name, wanted.alternative_names, signer);
        X509_sign(made, issuer != nullptr ? issuer->key_.get() : key_.get(), EVP_sha256());
    }

    void write(const std::string& certificate_file, const std::string& key_file = {}) const {
        with_file(certificate_file, [&](std::FILE* f) { PEM_write_X509(f, certificate_.get()); });
        if (!key_file.empty())
            with_file(key_file, [&](std::FILE* f) {
                PEM_write_PrivateKey(f, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
            });
    }
    X509* certificate() const { return certificate_.get(); }
    EVP_PKEY* key() const { return key_.get(); }

    // Base64 of the SHA-256 of the public key.
    std::string pin() const {
        unsigned char* encoded = nullptr;
        const int size = i2d_PUBKEY(key_.get(), &encoded);
        unsigned char digest[32];
        EVP_Digest(encoded, static_cast<std::size_t>(size), digest, nullptr, EVP_sha256(), nullptr);
        OPENSSL_free(encoded);
        unsigned char text[64];
        return std::string(reinterpret_cast<char*>(text),
                           static_cast<std::size_t>(EVP_EncodeBlock(text, digest, sizeof digest)));
    }

  private:
    void add(int nid, const std::string& value, X509* signer) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, signer, certificate_.get(), nullptr, nullptr, 0);
        X509_EXTENSION* const extension =
            X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
        if (extension == nullptr) throw std::runtime_error("bad extension " + value);
        X509_add_ext(certificate_.get(), extension, -1);
        X509_EXTENSION_free(extension);
    }
    template <class Write>
    static void with_file(const std::string& name, Write write) {
        std::FILE* const file = std::fopen(name.c_str(), "wb");
        if (file == nullptr) throw std::runtime_error("cannot write " + name);
        write(file);
        std::fclose(file);
    }

    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

}  // namespace tessera::test
