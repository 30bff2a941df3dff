// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/torch.h>

namespace weightroom::engine {

/// What rounding to a type does.
struct Rounding {
    double epsilon = 0; ///< distance of the next number from 1
    double smallest = 0; ///< below it a result may be lost
};

/// What a calculation with weights must give, made on the host in double precision from the weights as they are stored.
///
///     weights    stored ─ rounded to the type they lie in, where that has such a number ─ double
///     inputs     rows × columns, as the calculation had them ─ double
///     results    inputs · weightsᵀ
///
/// What overflows when it is rounded stays as it is stored: that is no rounding, and is to be seen in the results.
/// All on the host; a part of the weights at a time is widened, see kBlock.
class ExpectedResult {
public:
    /// `stored`: a matrix of results × columns. `loadedAs`: the type that the weights lie in where they are used.
    ExpectedResult(torch::Tensor stored, torch::ScalarType loadedAs);

    /// What random inputs of variance 1 are multiplied with for results of about 1.
    [[nodiscard]] double inputScale() const;
    /// How far `results` are from what they must be, in units of what rounding explains. Finite: kFarOff where a result
    /// is infinite or none, and must not be. `inputs`: rows × columns, `results`: rows × results; both calculated in
    /// the type `calculatedIn`.
    [[nodiscard]] double deviationOf(
        const torch::Tensor& inputs, const torch::Tensor& results, torch::ScalarType calculatedIn) const;

    static constexpr double kFarOff = 1e9;

private:
    [[nodiscard]] torch::Tensor widened(std::int64_t firstRow, std::int64_t rows) const;
    template <class Function>
    void forEachBlock(const Function& function) const; ///< called with the first row, and widened()

    const torch::Tensor m_stored;
    const torch::ScalarType m_loadedAs;
};

} // namespace weightroom::engine
