using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests.Passes;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests;

/// <summary>One backward through a decoder and the encoder that it reads.</summary>
public sealed class EncoderDecoderTrainingTests : IDisposable
{
    private static readonly int[] Source = [5, 17, 3, 42, 8], Other = [9, 1, 30], Answer = [0, 7, 22, 51];
    // Milder scores than T5's: random weights saturate its softmax, and differences of float32 losses then resolve nothing.
    private readonly EncoderDecoderModel _model =
        ToyModels.EncoderDecoder(ToyModels.T5Encoder() with { AttentionScale = 0.2f }, ToyModels.T5Decoder() with { AttentionScale = 0.2f });
    private readonly List<IDisposable> _owned = [];

    [Fact]
    public void EveryParameterHasTheGradientThatDifferencesShow()
    {
        foreach (var parameter in _model.Parameters.Values) parameter.Train();
        using var tape = new Tape();
        using var pass = new Pass(new PassOptions { Tape = tape });
        tape.Backward(Loss(pass));
        using var plain = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        _model.Parameters.Keys.ShouldContain(name => name.Contains("EncDecAttention.k"));
        foreach (var parameter in _model.Parameters.Values) DirectionalSlope.ShouldMatch(parameter, () => Loss(plain).Span[0], 0.005f);
    }

    [Fact]
    public void AMemoryOfAnotherRunIsRefusedWhereItsProjectionsAreTrained()
    {
        foreach (var parameter in _model.Parameters.Values) parameter.Train();
        using var tape = new Tape();
        using var pass = new Pass(new PassOptions { Tape = tape });
        Should.Throw<InvalidOperationException>(() => Loss(pass, continues: false)).Message.ShouldContain("Continue");
    }

    [Fact]
    public void ADecoderIsTrainedOnAFrozenEncodersMemory()
    {
        foreach (var (name, parameter) in _model.Parameters)
        {
            if (name.StartsWith("decoder.", StringComparison.Ordinal) && !name.Contains("EncDecAttention.k", StringComparison.Ordinal) && !name.Contains("EncDecAttention.v", StringComparison.Ordinal)) parameter.Train();
        }

        using var tape = new Tape();
        using var pass = new Pass(new PassOptions { Tape = tape });
        tape.Backward(Loss(pass, continues: false));
        _model.Parameters["decoder.block.1.layer.1.EncDecAttention.q.weight"].Gradient.ToArray().Max(Math.Abs).ShouldBeGreaterThan(0);
    }

    public void Dispose()
    {
        foreach (var owned in _owned) owned.Dispose();
        _model.Dispose();
    }

    private Value Loss(Pass pass, bool continues = true)
    {
        var (first, second) = (Own(_model.NewSourceSequence()), Own(_model.NewSourceSequence()));
        var rows = new RowBatch();
        rows.Add(first, Source);
        rows.Add(second, Other);
        var encoded = _model.Encode(pass, rows);
        var (one, two) = (Own(_model.Remember(pass, encoded, 0, 5, SequenceOptions.Exact)), Own(_model.Remember(pass, encoded, 5, 3, SequenceOptions.Exact)));
        rows = new RowBatch();
        rows.Add(Own(_model.NewSequence(one, SequenceOptions.Exact)), Answer);
        rows.Add(Own(_model.NewSequence(two, SequenceOptions.Exact)), Answer.AsSpan(0, 2));
        if (continues) pass.Continue();
        var hidden = _model.Decode(pass, rows);
        return pass.CrossEntropy(hidden, _model.Head, new[] { 7, 22, 51, 1, 30, 2 }, new[] { 0.3f, 0.3f, 0.3f, 0.3f, 0.5f, 0.5f });
    }

    private T Own<T>(T value) where T : IDisposable
    {
        _owned.Add(value);
        return value;
    }
}
