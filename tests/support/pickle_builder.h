// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::test {

/// The two forms of torch.save.
enum class TorchForm : std::uint8_t { Zip = 0, Legacy };

/// Writes pickles opcode by opcode; each function appends one. It does not check that they make sense.
///
///     Pickle().dict().mark().text("step").integer(5).setItems().stop()
class Pickle {
public:
    explicit Pickle(int protocol = 2);
    /// Bytes as they are; also for pickles that begin in a way of their own.
    static Pickle raw(std::string_view bytes);

    Pickle& bytes(std::string_view bytes);
    Pickle& none() { return bytes("N"); }
    Pickle& boolean(bool value) { return bytes(value ? "\x88" : "\x89"); }
    Pickle& integer(std::int64_t value); ///< the shortest of BININT1, BININT2, BININT and LONG1
    Pickle& real(double value);
    Pickle& text(std::string_view value); ///< BINUNICODE
    Pickle& oldText(std::string_view value); ///< SHORT_BINSTRING, as Python 2 writes texts
    Pickle& global(std::string_view module, std::string_view name);
    Pickle& stackGlobal(std::string_view module, std::string_view name);

    Pickle& mark() { return bytes("("); }
    Pickle& tuple() { return bytes("t"); } ///< up to the mark
    Pickle& emptyTuple() { return bytes(")"); }
    Pickle& tuple1() { return bytes("\x85"); }
    Pickle& tuple2() { return bytes("\x86"); }
    Pickle& tuple3() { return bytes("\x87"); }
    Pickle& list() { return bytes("]"); }
    Pickle& append() { return bytes("a"); }
    Pickle& appends() { return bytes("e"); }
    Pickle& dict() { return bytes("}"); }
    Pickle& setItem() { return bytes("s"); }
    Pickle& setItems() { return bytes("u"); }
    Pickle& reduce() { return bytes("R"); }
    Pickle& newObject() { return bytes("\x81"); }
    Pickle& build() { return bytes("b"); }
    Pickle& persistentId() { return bytes("Q"); }
    Pickle& put(std::uint32_t index); ///< BINPUT or LONG_BINPUT
    Pickle& get(std::uint32_t index); ///< BINGET or LONG_BINGET
    Pickle& memoize() { return bytes("\x94"); }

    /// A tuple of whole numbers.
    Pickle& numbers(const std::vector<std::int64_t>& values);
    /// OrderedDict().
    Pickle& orderedDict();
    /// ("storage", type, key, "cpu", elements) as a persistent id; the old form has a None behind. `type`:
    /// "FloatStorage", …; or "UntypedStorage".
    Pickle& storage(
        std::string_view type, std::string_view key, std::int64_t elements, TorchForm form = TorchForm::Zip);

    /// Ends with STOP.
    [[nodiscard]] std::string stop() const { return m_bytes + "."; }
    [[nodiscard]] const std::string& open() const { return m_bytes; }

private:
    std::string m_bytes;
};

/// What _rebuild_tensor_v2 is given.
struct PickledTensor {
    std::string type = "FloatStorage";
    std::string key = "0";
    std::int64_t elements = 6; ///< of the storage
    std::int64_t offset = 0;
    std::vector<std::int64_t> size{2, 3};
    std::vector<std::int64_t> stride{3, 1};
    std::string dtype{}; ///< not empty: _rebuild_tensor_v3, of a "torch.<dtype>"
    TorchForm form = TorchForm::Zip;
};

/// Appends a tensor.
Pickle& operator<<(Pickle& pickle, const PickledTensor& tensor);

} // namespace weightroom::test
