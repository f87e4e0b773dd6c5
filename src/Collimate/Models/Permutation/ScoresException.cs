namespace Collimate.Models.Permutation;

/// <summary>Scores of tokens for places are not finite, so that there is no best order.</summary>
public sealed class ScoresException() : CollimateException(
    "the scores of tokens for places hold a number that is not finite (NaN or infinite), so there is no best order of them. " +
    "The tokens or the weights of the permutation network are not finite themselves: lower the learning rate, clip gradients, or train with precision: fp32.");
