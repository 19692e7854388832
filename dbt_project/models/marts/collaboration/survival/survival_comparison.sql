select
    funded.unit_type,
    funded.initiative_code,
    funded.years_after_funding,
    funded.at_risk,
    funded.survival,
    compared.at_risk as never_funded_at_risk,
    compared.survival as never_funded_survival,
    funded.survival - compared.survival as difference,
    {{ difference_bound('-', 'funded.survival', 'compared.survival') }} as difference_low,
    {{ difference_bound('+', 'funded.survival', 'compared.survival') }} as difference_high
from {{ ref('survival_curve') }} as funded
inner join {{ ref('survival_curve') }} as compared
    on
        funded.unit_type = compared.unit_type
        and funded.initiative_code = compared.initiative_code
        and not compared.is_funded
        and funded.years_after_funding >= compared.years_after_funding
where
    funded.is_funded
    and funded.years_after_funding <= (
        select max(reach.years_after_funding)
        from {{ ref('survival_curve') }} as reach
        where
            reach.unit_type = funded.unit_type
            and reach.initiative_code = funded.initiative_code
            and not reach.is_funded
    )
qualify
    row_number() over (
        partition by funded.unit_type, funded.initiative_code, funded.years_after_funding
        order by compared.years_after_funding desc
    ) = 1
