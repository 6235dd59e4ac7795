using System.Diagnostics;

namespace Tessera.Models.Passes;

/// <summary>Where the time of passes goes, by kind of operation. Adds up over all passes that it is given to, one after the other.</summary>
public sealed class PassProfile
{
    private readonly long[] _ticks = new long[Enum.GetValues<PassOperation>().Length];

    /// <summary>The time spent in a kind of operation so far.</summary>
    public TimeSpan TimeOf(PassOperation operation) => TimeSpan.FromSeconds(_ticks[(int)operation] / (double)Stopwatch.Frequency);

    /// <summary>Forgets everything.</summary>
    public void Clear() => Array.Clear(_ticks);

    internal Timing Start(PassOperation operation) => new(this, operation);

    /// <summary>A running measurement; ends when it is disposed. The default measures nothing.</summary>
    internal readonly ref struct Timing
    {
        private readonly PassProfile? _profile;
        private readonly PassOperation _operation;
        private readonly long _start;

        public Timing(PassProfile profile, PassOperation operation)
        {
            _profile = profile;
            _operation = operation;
            _start = Stopwatch.GetTimestamp();
        }

        public void Dispose()
        {
            if (_profile is not null) _profile._ticks[(int)_operation] += Stopwatch.GetTimestamp() - _start;
        }
    }
}
