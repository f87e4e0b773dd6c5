namespace Collimate.Torch.Layers;

/// <summary>A linear map whose result something else may change while its weights stay as they are.</summary>
public interface ILinearMap
{
    /// <summary><c>[outputs, inputs]</c></summary>
    Tensor Weight { get; }

    /// <summary><c>[outputs]</c>, or null</summary>
    Tensor? Bias { get; }

    /// <summary>What changes the map's result; null, as nearly always, where nothing does.</summary>
    ILinearChange? Change { get; set; }
}

/// <summary>A change of what a linear map gives, such as a low-rank adapter's.</summary>
public interface ILinearChange
{
    /// <summary>Changes a result.</summary>
    /// <param name="x">What went into the map, <c>[…, inputs]</c>.</param>
    /// <param name="output">What came out, bias included, <c>[…, outputs]</c>. Nobody else holds it, so it may be changed in place.</param>
    /// <returns>The changed result, <c>[…, outputs]</c></returns>
    Tensor Apply(Tensor x, Tensor output);
}
