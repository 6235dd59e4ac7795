using System.Numerics;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// Equality and hash of dictionary keys and set members by Python's rules: 1, 1.0 and true are one key. Lists and dictionaries have no
/// hash and are refused.
/// </summary>
internal sealed class ValueKeyComparer : IEqualityComparer<Value>
{
    private const int MaxParts = 256;

    public static ValueKeyComparer Instance { get; } = new();

    public bool Equals(Value x, Value y)
    {
        if (x.IsString)
            return y.IsString && x.Text == y.Text;
        if (x.IsNumber)
            return y.IsNumber && Comparison.NumbersEqual(x, y);
        if (x.Kind != y.Kind)
            return false;
        return x.Kind switch
        {
            ValueKind.None or ValueKind.Undefined => true,
            ValueKind.Tuple => TuplesEqual(x.Items, y.Items),
            ValueKind.Range => x.Range == y.Range,
            _ => ReferenceEquals(x.Reference, y.Reference),
        };
    }

    public int GetHashCode(Value value)
    {
        var parts = 0;
        return Hash(value, ref parts);
    }

    private static int Hash(in Value value, ref int parts)
    {
        // A tuple may hold itself many times over; so few parts are enough for a key that somebody would write.
        if (++parts > MaxParts)
            throw new ResourceLimitException("parts of a dictionary key in a chat template", parts, MaxParts);
        switch (value.Kind)
        {
            case ValueKind.String:
                return value.Text.GetHashCode(StringComparison.Ordinal);
            case ValueKind.Boolean or ValueKind.Integer:
                return value.Integer.GetHashCode();
            case ValueKind.Float:
                var number = value.Float;
                if (number != Math.Floor(number) || double.IsInfinity(number) || double.IsNaN(number))
                    return number.GetHashCode();
                return Math.Abs(number) < 9e18 ? ((long)number).GetHashCode() : new BigInteger(number).GetHashCode();
            case ValueKind.BigInteger:
                return value.BigInteger.GetHashCode();
            case ValueKind.Tuple:
                var hash = default(HashCode);
                foreach (var item in value.Items)
                    hash.Add(Hash(item, ref parts));
                return hash.ToHashCode();
            case ValueKind.List or ValueKind.Dictionary or ValueKind.View:
                throw new TemplateException(TemplateErrorKind.Type, $"unhashable type: '{value.TypeName}'");
            default:
                return value.Reference?.GetHashCode() ?? 0;
        }
    }

    /// <summary>Refuses what Python cannot hash, also where a small dictionary would not hash it.</summary>
    public static void RequireHashable(in Value key)
    {
        if (key.Kind is ValueKind.List or ValueKind.Dictionary or ValueKind.View or ValueKind.Tuple)
        {
            var parts = 0;
            Hash(key, ref parts);
        }
    }

    private bool TuplesEqual(Value[] x, Value[] y)
    {
        if (x.Length != y.Length)
            return false;
        for (var i = 0; i < x.Length; i++)
        {
            if (!Equals(x[i], y[i]))
                return false;
        }

        return true;
    }
}
