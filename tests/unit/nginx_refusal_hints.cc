// SPDX-License-Identifier: MIT
// What people are told when nginx refuses: its words as nginx 1.22 with OpenSSL 3 prints them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nginx/refusal_hints.h"

namespace bluegreen {
namespace {

using testing::HasSubstr;

TEST(RefusalHints, SayThatThePathsOfCertificatesAreNginxsOwn) {
  EXPECT_THAT(hint_for("cannot load certificate \"/c/a.pem\": BIO_new_file() failed (SSL: error:80000002:system "
                       "library::No such file or directory:calling fopen(/c/a.pem, r) error:10000080:BIO routines::no "
                       "such file)",
                       {}),
              HasSubstr("mount the directory"));
  EXPECT_THAT(hint_for("cannot load certificate key \"/c/a.key\": PEM_read_bio_PrivateKey() failed (SSL: "
                       "error:1E08010C:DECODER routines::unsupported:No supported data to decode)",
                       {}),
              HasSubstr("has to be PEM"));
}

TEST(RefusalHints, SayThatAKeyIsAnothers) {
  EXPECT_THAT(hint_for("SSL_CTX_use_PrivateKey(\"/c/a.key\") failed (SSL: error:05800074:x509 certificate "
                       "routines::key values mismatch)",
                       {}),
              HasSubstr("does not belong to the certificate"));
}

TEST(RefusalHints, SayWhichNginxTlsNeeds) {
  EXPECT_EQ(hint_for("unknown directive \"ssl_reject_handshake\" in /etc/nginx/conf.d/00-bluegreen.shop.conf:8", {}),
            "TLS needs nginx 1.19.4 or later.");
}

TEST(RefusalHints, SayHowNginxTakesALongHost) {
  EXPECT_THAT(hint_for("could not build server_names_hash, you should increase server_names_hash_bucket_size: 64", {}),
              HasSubstr("server_names_hash_bucket_size 128;"));
}

TEST(RefusalHints, ShowTheLineWhereItIsOurs) {
  const ConfChanges changes{.writes = {{"bluegreen.a.b.conf", "first\nsecond oops;\n"}}, .removals = {}};
  EXPECT_THAT(hint_for("unknown directive \"oops\" in /etc/nginx/conf.d/bluegreen.a.b.conf:2", changes),
              HasSubstr("That line is: second oops;"));
  EXPECT_THAT(hint_for("unknown directive \"x\" in /etc/nginx/conf.d/own.conf:2", changes),
              HasSubstr("Repair own.conf"));
  EXPECT_THAT(hint_for("unknown directive \"oops\" in /srv/conf.d/bluegreen.a.b.conf:1", changes, "/srv/conf.d"),
              HasSubstr("That line is: first"));
  EXPECT_EQ(hint_for("no idea", changes), "");
}

TEST(RefusalHints, FindNginxsWordsInWhatATestPrinted) {
  EXPECT_EQ(last_refusal("nginx: [emerg] host not found in upstream \"x\" in /a:1\n"
                         "nginx: configuration file /etc/nginx/nginx.conf test failed\n"),
            "host not found in upstream \"x\" in /a:1");
  EXPECT_EQ(last_refusal("sh: nginx: not found\n"), "sh: nginx: not found");
  EXPECT_EQ(last_refusal(""), "");
}

}  // namespace
}  // namespace bluegreen
