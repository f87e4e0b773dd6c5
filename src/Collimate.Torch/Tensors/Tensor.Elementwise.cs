namespace Collimate.Torch;

/// <content>Element by element: arithmetic and functions.</content>
public sealed partial class Tensor
{
    /// <summary>The exponential of each element. PyTorch: <c>torch.exp</c>.</summary>
    public Tensor Exp() => Aten.Exp.CallFast(this);

    /// <summary>The natural logarithm of each element. PyTorch: <c>torch.log</c>.</summary>
    public Tensor Log() => Aten.Log.CallFast(this);

    /// <summary>The square root of each element. PyTorch: <c>torch.sqrt</c>.</summary>
    public Tensor Sqrt() => Aten.Sqrt.CallFast(this);

    /// <summary>One over the square root of each element. PyTorch: <c>torch.rsqrt</c>.</summary>
    public Tensor Rsqrt() => Aten.Rsqrt.CallFast(this);

    /// <summary>The magnitude of each element. PyTorch: <c>torch.abs</c>.</summary>
    public Tensor Abs() => Aten.Abs.CallFast(this);

    /// <summary>Each element with its sign turned. PyTorch: <c>torch.neg</c>.</summary>
    public Tensor Neg() => Aten.Neg.CallFast(this);

    /// <summary>-1, 0 or 1 by the sign of each element. PyTorch: <c>torch.sign</c>.</summary>
    public Tensor Sign() => Aten.Sign.CallFast(this);

    /// <summary>The sine of each element, in radians. PyTorch: <c>torch.sin</c>.</summary>
    public Tensor Sin() => Aten.Sin.CallFast(this);

    /// <summary>The cosine of each element, in radians. PyTorch: <c>torch.cos</c>.</summary>
    public Tensor Cos() => Aten.Cos.CallFast(this);

    /// <summary>The hyperbolic tangent of each element. PyTorch: <c>torch.tanh</c>.</summary>
    public Tensor Tanh() => Aten.Tanh.CallFast(this);

    /// <summary>The logistic function of each element. PyTorch: <c>torch.sigmoid</c>.</summary>
    public Tensor Sigmoid() => Aten.Sigmoid.CallFast(this);

    /// <summary>The logarithm of the logistic function of each element, stable for large magnitudes. PyTorch: <c>torch.log_sigmoid</c>.</summary>
    public Tensor LogSigmoid() => Aten.LogSigmoid.CallFast(this);

    /// <summary>Each element, or zero where it is negative. PyTorch: <c>torch.relu</c>.</summary>
    public Tensor Relu() => Aten.Relu.CallFast(this);

    /// <summary>x · sigmoid(x). PyTorch: <c>torch.silu</c>.</summary>
    public Tensor Silu() => Aten.Silu.CallFast(this);

    /// <summary>One over each element. PyTorch: <c>torch.reciprocal</c>.</summary>
    public Tensor Reciprocal() => Aten.Reciprocal.CallFast(this);

    /// <summary>Each element times itself. PyTorch: <c>torch.square</c>.</summary>
    public Tensor Square() => Aten.Square.CallFast(this);

    /// <summary>Each element rounded down. PyTorch: <c>torch.floor</c>.</summary>
    public Tensor Floor() => Aten.Floor.CallFast(this);

    /// <summary>Each element rounded to the nearest whole number, halves to even. PyTorch: <c>torch.round</c>.</summary>
    public Tensor Round() => Aten.Round.CallFast(this);

    /// <summary>Whether each element is neither infinite nor not-a-number. PyTorch: <c>torch.isfinite</c>.</summary>
    public Tensor IsFinite() => Aten.IsFinite.CallFast(this);

    /// <summary>The negation of each flag. PyTorch: <c>torch.logical_not</c>.</summary>
    public Tensor LogicalNot() => Aten.LogicalNot.CallFast(this);

    /// <summary>The sum of two tensors, broadcast against each other. PyTorch: <c>torch.add</c>.</summary>
    public Tensor Add(Tensor other) => Aten.Add.CallFast(this, other);

    /// <summary>The sum with a number. PyTorch: <c>torch.add</c>.</summary>
    public Tensor Add(double other) => Aten.AddScalar.Call(this, other);

    /// <summary>The sum of two tensors.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => a.Add(b);

    /// <summary>The sum with a number.</summary>
    public static Tensor operator +(Tensor a, double b) => a.Add(b);

    /// <summary>The difference of two tensors, broadcast against each other. PyTorch: <c>torch.sub</c>.</summary>
    public Tensor Sub(Tensor other) => Aten.Sub.CallFast(this, other);

    /// <summary>The difference with a number. PyTorch: <c>torch.sub</c>.</summary>
    public Tensor Sub(double other) => Aten.SubScalar.Call(this, other);

    /// <summary>The difference of two tensors.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => a.Sub(b);

    /// <summary>The difference with a number.</summary>
    public static Tensor operator -(Tensor a, double b) => a.Sub(b);

    /// <summary>The product of two tensors, broadcast against each other. PyTorch: <c>torch.mul</c>.</summary>
    public Tensor Mul(Tensor other) => Aten.Mul.CallFast(this, other);

    /// <summary>The product with a number. PyTorch: <c>torch.mul</c>.</summary>
    public Tensor Mul(double other) => Aten.MulScalar.Call(this, other);

    /// <summary>The product of two tensors.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => a.Mul(b);

    /// <summary>The product with a number.</summary>
    public static Tensor operator *(Tensor a, double b) => a.Mul(b);

    /// <summary>The quotient of two tensors, broadcast against each other. PyTorch: <c>torch.div</c>.</summary>
    public Tensor Div(Tensor other) => Aten.Div.CallFast(this, other);

    /// <summary>The quotient with a number. PyTorch: <c>torch.div</c>.</summary>
    public Tensor Div(double other) => Aten.DivScalar.Call(this, other);

    /// <summary>The quotient of two tensors.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => a.Div(b);

    /// <summary>The quotient with a number.</summary>
    public static Tensor operator /(Tensor a, double b) => a.Div(b);

    /// <summary>The sum with a number.</summary>
    public static Tensor operator +(double a, Tensor b) => b.Add(a);

    /// <summary>The product with a number.</summary>
    public static Tensor operator *(double a, Tensor b) => b.Mul(a);

    /// <summary>A number minus each element.</summary>
    public static Tensor operator -(double a, Tensor b) => Aten.ReverseSub.Call(b, a);

    /// <summary>A number divided by each element.</summary>
    public static Tensor operator /(double a, Tensor b)
    {
        using var reciprocal = b.Reciprocal();
        return reciprocal.Mul(a);
    }

    /// <summary>Each element with its sign turned.</summary>
    public static Tensor operator -(Tensor a) => a.Neg();

    /// <summary>This plus <paramref name="scale"/> times the other. PyTorch: <c>torch.add(alpha=…)</c>.</summary>
    public Tensor Add(Tensor other, double scale) => Aten.Add.Call(this, other, scale);

    /// <summary>Each element raised to a power. PyTorch: <c>torch.pow</c>.</summary>
    public Tensor Pow(double exponent) => Aten.Pow.Call(this, exponent);

    /// <summary>The Gaussian error linear unit; <paramref name="tanh"/> chooses its usual approximation. PyTorch: <c>torch.nn.functional.gelu</c>.</summary>
    public Tensor Gelu(bool tanh = false) => Aten.Gelu.Call(this, tanh ? "tanh" : "none");

    /// <summary>x · sigmoid(1.702 x), the activation of OpenAI's CLIP.</summary>
    public Tensor QuickGelu()
    {
        using var scaled = Mul(1.702);
        using var gate = scaled.Sigmoid();
        return Mul(gate);
    }

    /// <summary>log(1 + exp(x)). PyTorch: <c>torch.nn.functional.softplus</c>.</summary>
    public Tensor Softplus() => Aten.Softplus.Call(this);

    /// <summary>Each element, no smaller than one bound and no larger than the other. PyTorch: <c>torch.clamp</c>.</summary>
    public Tensor Clamp(double? minimum = null, double? maximum = null) => Aten.Clamp.Call(this, OrNone(minimum), OrNone(maximum));

    /// <summary>The larger of each pair of elements. PyTorch: <c>torch.maximum</c>.</summary>
    public Tensor Maximum(Tensor other) => Aten.Maximum.CallFast(this, other);

    /// <summary>The smaller of each pair of elements. PyTorch: <c>torch.minimum</c>.</summary>
    public Tensor Minimum(Tensor other) => Aten.Minimum.CallFast(this, other);

    private static Argument OrNone(double? value) => value is { } number ? number : Argument.None;
}
