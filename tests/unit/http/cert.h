/* cert: a fresh self-signed certificate and its key as PEM, for tests. */
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

struct test_cert {
    char cert[4096], key[4096];
};

static inline void test_cert_make(struct test_cert *out)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_sign(x, key, EVP_sha256());
    PEM_write_bio_X509(bio, x);
    out->cert[BIO_read(bio, out->cert, sizeof(out->cert) - 1)] = '\0';
    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    out->key[BIO_read(bio, out->key, sizeof(out->key) - 1)] = '\0';
    BIO_free(bio);
    X509_free(x);
    EVP_PKEY_free(key);
}
