// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/deletion_text.h"

#include <QTest>

using namespace weightroom::ui;
using weightroom::engine::Json;

class TestDeletionText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aDeletionIsPutIntoWords();
    void anEmptyAnswerIsNothing();
};

void TestDeletionText::aDeletionIsPutIntoWords()
{
    const DeletionView view = deletionView({{"model_id", "hat"}, {"files", {"/hat.safetensors", "/hat.json"}},
        {"kept_files",
            {{{"path", "/vae"}, {"reason", "own_model"}}, {{"path", "/x"}, {"reason", "other_model"}},
                {{"path", "/y"}, {"reason", "link_target"}}, {{"path", "/z"}, {"reason", "other_content"}}}},
        {"size_bytes", 12}, {"in_memory", "HOST_0"}});
    QCOMPARE(view.files.size(), 2);
    QCOMPARE(view.bytes, quint64{12});
    QCOMPARE(view.inMemory, QStringLiteral("HOST_0"));
    QCOMPARE(view.kept,
        (QStringList{QStringLiteral("/vae: it is a model of its own"), QStringLiteral("/x: another model needs it"),
            QStringLiteral("/y: the model is only a link to it"),
            QStringLiteral("/z: other models lie in this folder")}));
}

void TestDeletionText::anEmptyAnswerIsNothing() { QVERIFY(deletionView(Json::object()).files.isEmpty()); }

QTEST_GUILESS_MAIN(TestDeletionText)
#include "test_deletion_text.moc"
