using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    /// <summary>
    /// Rows put together from two values and from vectors that no pass computed: source s is row s of <paramref name="a"/>, behind them the rows
    /// of <paramref name="b"/>, behind them <paramref name="vectors"/>. Gradients flow to both values.
    /// </summary>
    /// <param name="a">[rows, width].</param>
    /// <param name="b">[rows, width], or none.</param>
    /// <param name="vectors">[width] each.</param>
    /// <param name="sources">Where each row comes from.</param>
    /// <param name="inPlace">Whether the result may take a's place, where the order of the rows allows it and no tape records.</param>
    internal Value Compose(Value a, Value b, IReadOnlyList<float[]> vectors, ReadOnlySpan<int> sources, bool inPlace)
    {
        using var timing = Time(PassOperation.Residual);
        inPlace &= _tape is null && sources.Length <= a.Rows;
        for (var i = 0; inPlace && i < sources.Length; i++) inPlace = sources[i] >= i; // what is read lies at or behind what is written
        var y = inPlace ? new Value(a.Data, sources.Length, a.Width) : Output(sources.Length, a.Width, a.Node >= 0 || b.Node >= 0);
        for (var i = 0; i < sources.Length; i++)
        {
            var source = sources[i];
            var row = source < a.Rows ? a.Row(source) : source - a.Rows < b.Rows ? b.Row(source - a.Rows) : vectors[source - a.Rows - b.Rows];
            row.CopyTo(y.Row(i));
        }

        if (y.Node >= 0) Record(new TapeRecord { Operation = ComposeOperation.Instance, Output = y, A = a, B = b, Extra = sources.ToArray() });
        return y;
    }

    private sealed class ComposeOperation : Operation
    {
        public static readonly ComposeOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var (sources, width) = ((int[])record.Extra!, record.Output.Width);
            var dy = tape.Gradient(record.Output);
            var da = record.A.Node < 0 ? null : tape.Gradient(record.A);
            var db = record.B.Node < 0 ? null : tape.Gradient(record.B);
            for (var i = 0; i < sources.Length; i++)
            {
                var source = sources[i];
                var target = source < record.A.Rows ? da is null ? null : da + (long)source * width
                    : source - record.A.Rows < record.B.Rows && db is not null ? db + (long)(source - record.A.Rows) * width
                    : null;
                if (target is not null) RowArithmetic.AddScaled(dy + (long)i * width, 1, width, target);
            }
        }
    }
}
