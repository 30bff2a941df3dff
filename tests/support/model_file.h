// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/files/file.h"
#include "model_engine/formats/format_reader.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace weightroom::test {

/// A component of a test's model: the tensors whose names begin with its id and a dot.
struct TestComponent {
    std::string id;
    engine::ComponentKind kind = engine::ComponentKind::Other;
};

/// The record that a scan would make of a file whose components are these, whatever the file really is.
[[nodiscard]] inline engine::ModelRecordPtr recordOf(
    const std::filesystem::path& path, const std::vector<TestComponent>& components)
{
    const auto file = engine::InputFile::open(path);
    const auto index = file ? engine::readTensorIndex(engine::FileSource{*file})
                            : engine::Result<engine::TensorIndex>(engine::fail(file.error()));
    if (!index)
        throw std::runtime_error("the test's model cannot be read: " + engine::describe(index.error()));
    auto record = std::make_shared<engine::ModelRecord>();
    record->id = engine::ModelId{path.stem().string() + "-id"};
    record->name = path.stem().string();
    record->path = path;
    record->files = {{record->path, file->identity()}};
    record->format = index->format;
    for (const TestComponent& component : components) {
        engine::ComponentRecord row{.id = {component.id},
            .kind = component.kind,
            .prefixes = {component.id + "."},
            .tensorCount = 0,
            .size = {}};
        for (const engine::TensorEntry& tensor : index->tensors) {
            if (tensor.name.starts_with(row.prefixes.front())) {
                ++row.tensorCount;
                row.size += engine::contiguousSize(tensor);
            }
        }
        record->identified.components.push_back(std::move(row));
    }
    return record;
}

} // namespace weightroom::test
